using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>The tests with a browser, one after the other: one browser takes half of a small machine.</summary>
[CollectionDefinition(Name)]
public sealed class SameGateway : ICollectionFixture<DashboardGateway>
{
    public const string Name = "Dashboard";
}
