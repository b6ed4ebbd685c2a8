using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>The tests that look at the same gateway, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SameGateway : ICollectionFixture<DashboardGateway>
{
    public const string Name = "Dashboard";
}
