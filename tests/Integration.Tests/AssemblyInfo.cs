using Xunit;

// The tests share three servers and some of them stop one: they take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
