namespace Gateway.Persistence.Figures;

/// <summary>A question for figures: which attempts are counted, and by what. Null means any.</summary>
public sealed record FigureQuestion
{
    /// <summary>What the attempts are put together by.</summary>
    public required FigureGroup By { get; init; }

    /// <summary>UTC; a whole minute, or a whole hour where only those are counted.</summary>
    public required DateTime From { get; init; }

    /// <summary>UTC; the same, and not included.</summary>
    public required DateTime To { get; init; }

    /// <summary>Only of this queue.</summary>
    public string? Queue { get; init; }

    /// <summary>Only of this type of job.</summary>
    public string? JobType { get; init; }

    /// <summary>Only of this merchant, by its id as text.</summary>
    public string? MerchantId { get; init; }

    /// <summary>Only of this event.</summary>
    public string? Event { get; init; }

    /// <summary>Whether the counts by merchant are asked, which lack the last seconds of a worker that crashed.</summary>
    public bool IsOfMerchants => By is FigureGroup.Merchant or FigureGroup.Event || MerchantId is not null || Event is not null;

    /// <summary>Whether the counts by job are asked, which know of no merchant.</summary>
    public bool IsOfJobs => By is FigureGroup.Queue or FigureGroup.Type or FigureGroup.Minute || Queue is not null || JobType is not null;
}
