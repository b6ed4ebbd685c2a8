using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>
/// The tests with a browser, one after the other and beside no others: it takes what there is of a small machine.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SameGateway : ICollectionFixture<DashboardGateway>
{
    public const string Name = "Dashboard";
}
