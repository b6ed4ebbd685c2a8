using Gateway.Integration.Tests.Servers;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(TestServers))]

// The tests share three servers and some of them stop one: they take turns.
[assembly: Parallelization(Mode = ParallelMode.None)]
