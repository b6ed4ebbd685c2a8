using Gateway.Integration.Tests;
using Gateway.Integration.Tests.Dashboard;
using Gateway.Testing.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(TestServers))]
[assembly: AssemblyFixture(typeof(Browser))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
