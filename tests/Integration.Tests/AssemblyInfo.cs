using Gateway.Integration.Tests;
using Gateway.Integration.Tests.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(TestServers))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
