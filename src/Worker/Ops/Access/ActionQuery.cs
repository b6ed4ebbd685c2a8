namespace Gateway.Worker.Ops.Access;

/// <summary>A question for what operators changed. Null means any.</summary>
public sealed record ActionQuery
{
    private const int DefaultCount = 100;
    private const int MostActions = 500;

    /// <summary>The name of who asked for the change.</summary>
    public string? Operator { get; init; }

    /// <summary>What: method and route, such as <c>POST /api/queues/{queue}/pause</c>.</summary>
    public string? Action { get; init; }

    /// <summary>A part of the path and query of what was changed, such as a merchant's id.</summary>
    public string? Target { get; init; }

    /// <summary>What came of the change.</summary>
    public ActionOutcome? Outcome { get; init; }

    /// <summary>UTC; asked for then or later.</summary>
    public DateTime? From { get; init; }

    /// <summary>UTC; asked for before.</summary>
    public DateTime? To { get; init; }

    /// <summary>Older than this one, the last of the page before.</summary>
    public Guid? After { get; init; }

    /// <summary>The most rows of a page.</summary>
    public int Count { get; init; } = DefaultCount;

    /// <summary>Reads a question from text, as the parameters of an address are.</summary>
    public static Result<ActionQuery> Read(
        string? @operator, string? action, string? target, string? outcome, string? from, string? to, string? cursor, string? limit)
    {
        var text = new FilterText();
        var period = text.Period(from, to);
        var query = new ActionQuery
        {
            Operator = @operator,
            Action = action,
            Target = target,
            Outcome = text.Name<ActionOutcome>("outcome", outcome),
            From = period.From,
            To = period.To,
            After = text.Uuid("cursor", cursor),
            Count = text.Limit(limit, DefaultCount, MostActions),
        };
        return text.Complaint is { } complaint ? Refusal.NotAFilter(complaint) : query;
    }
}
