namespace Gateway.Worker.Settlement;

/// <summary>Rows that are left out, as the database answers them.</summary>
internal sealed record LeftOutRow
{
    public required string Table { get; init; }

    public required string Column { get; init; }

    /// <summary>The day's place among those that were asked for, from 1; null where the time cannot be read.</summary>
    public int? Day { get; init; }

    public required int Count { get; init; }

    /// <summary>The first ones, with a space between two.</summary>
    public required string Ids { get; init; }
}
