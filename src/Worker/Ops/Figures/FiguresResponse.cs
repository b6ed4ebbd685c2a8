namespace Gateway.Worker.Ops.Figures;

/// <summary>The figures of a span of time, one row for each queue, type, merchant, event, minute or hour.</summary>
public sealed record FiguresResponse
{
    /// <summary>By what they are put together.</summary>
    public required string By { get; init; }

    /// <summary>UTC; attempts that began then or later are counted. The whole minute or hour in which the asked time lies.</summary>
    public required DateTime From { get; init; }

    /// <summary>UTC; attempts that began before are counted.</summary>
    public required DateTime To { get; init; }

    /// <summary>Whether the last seconds of a worker that crashed are missing, and those of one that runs may not be there yet.</summary>
    public required bool Approximate { get; init; }

    /// <summary>The figures: by minute or hour in their order, else those with the most attempts first.</summary>
    public required IReadOnlyList<FigureResponse> Figures { get; init; }
}
