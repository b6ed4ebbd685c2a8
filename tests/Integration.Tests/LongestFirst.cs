using Xunit.Sdk;
using Xunit.v3;

namespace Gateway.Integration.Tests;

/// <summary>
/// Begins with the classes that kill workers and take servers away. They last longest, and one that came last would keep the
/// whole run waiting for it alone.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [".Survival.", ".Scheduling."];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections
            .OrderByDescending(collection => Long.Any(name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)))
            .ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];
}
