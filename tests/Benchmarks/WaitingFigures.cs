namespace Gateway.Benchmarks;

/// <summary>What the waiting room holds and costs, while webhooks come and go.</summary>
internal sealed record WaitingFigures
{
    /// <summary>Entries that lie there, those that come and go included.</summary>
    public required long Entries { get; init; }

    /// <summary>How many a second came, each in the commit of its failed attempt.</summary>
    public required double InPerSecond { get; init; }

    /// <summary>How many a second went.</summary>
    public required double OutPerSecond { get; init; }

    /// <summary>The tables before the first came.</summary>
    public required IReadOnlyList<TableSize> SizesBefore { get; init; }

    /// <summary>The same at the end.</summary>
    public required IReadOnlyList<TableSize> SizesAfter { get; init; }

    /// <summary>What the worker and each server held before the first came, in MB; what processes share counts once.</summary>
    public required IReadOnlyDictionary<string, double> MegabytesBefore { get; init; }

    /// <summary>The same at the end.</summary>
    public required IReadOnlyDictionary<string, double> MegabytesAfter { get; init; }
}
