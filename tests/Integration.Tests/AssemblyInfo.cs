using Xunit.Sdk;
using Xunit.v3;

// The tests share three servers and some of them stop one: they take turns.
[assembly: Parallelization(Mode = ParallelMode.None)]
