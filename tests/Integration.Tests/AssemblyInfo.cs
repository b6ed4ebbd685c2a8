using Gateway.Integration.Tests.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(TestServers))]
