using Gateway.Integration.Tests;
using Gateway.Testing.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(TestServers))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
