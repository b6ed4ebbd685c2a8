using Gateway.Integration.Tests.Dashboard;
using Xunit.Sdk;
using Xunit.v3;

namespace Gateway.Integration.Tests;

/// <summary>
/// Begins with the classes that kill workers and take servers away, and goes on with those of the dashboard. They last longest, and one that
/// came last would keep the whole run waiting for it alone.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [".Survival.", ".Scheduling."];

    private enum Turn
    {
        Long,
        Dashboard,
        Other,
    }

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections
            .OrderBy(collection => TurnOf(collection.TestCollectionDisplayName))
            .ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];

    private static Turn TurnOf(string collection) =>
        Long.Any(name => collection.Contains(name, StringComparison.Ordinal)) ? Turn.Long
        : collection == SameGateway.Name ? Turn.Dashboard
        : Turn.Other;
}
