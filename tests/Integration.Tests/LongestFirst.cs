using Gateway.Integration.Tests.Dashboard;
using Xunit.Sdk;
using Xunit.v3;

namespace Gateway.Integration.Tests;

/// <summary>
/// Begins with those of the dashboard, which are one long chain, and goes on with the classes that kill workers and take servers away. One that
/// lasts long and came last would keep the whole run waiting for it alone.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>What is in the name of a class, the longest first.</summary>
    private static readonly string[] Long =
    [
        ".When_a_worker_dies_",
        ".When_a_worker_has_512_MB",
        ".When_clustered_servers_fail",
        ".Webhooks.Partitions.",
        ".FirstHour.",
        ".Survival.",
        ".Scheduling.",
        ".When_a_month_",
        ".When_deliveries_live_",
        ".Bus.Topology.",
        ".When_RabbitMQ_is_reached_by_TLS",
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections
            .OrderBy(collection => TurnOf(collection.TestCollectionDisplayName))
            .ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];

    private static int TurnOf(string collection)
    {
        if (collection == SameGateway.Name)
        {
            return -1;
        }

        var turn = Array.FindIndex(Long, name => collection.Contains(name, StringComparison.Ordinal));
        return turn < 0 ? Long.Length : turn;
    }
}
