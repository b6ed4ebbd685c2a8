using Gateway.Persistence.Bulk;

namespace Gateway.Worker.Ops.Bulk;

/// <summary>A bulk job as the API shows it. Of what it filters by, nothing means any.</summary>
public sealed record BulkResponse
{
    /// <summary>Its id.</summary>
    public required Guid BulkJobId { get; init; }

    /// <summary>requeue, drop or recover.</summary>
    public required string Kind { get; init; }

    /// <summary>running, stopped or done.</summary>
    public required string State { get; init; }

    /// <summary>How many there were when it began.</summary>
    public required int Total { get; init; }

    /// <summary>With how many it was done.</summary>
    public required int Done { get; init; }

    /// <summary>How many a second; nothing for as many as the servers take.</summary>
    public int? RatePerSecond { get; init; }

    /// <summary>What it waits for while it is running and cannot send: RabbitMQ in alarm.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>The one dead letter that it is about.</summary>
    public Guid? LetterId { get; init; }

    /// <summary>The queue of the dead letters.</summary>
    public string? Queue { get; init; }

    /// <summary>The merchant.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event.</summary>
    public string? Event { get; init; }

    /// <summary>The reason of the dead letters.</summary>
    public string? Reason { get; init; }

    /// <summary>The beginning of the time in which they died, or were attempted last, UTC.</summary>
    public DateTime? From { get; init; }

    /// <summary>Its end, UTC.</summary>
    public required DateTime To { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was asked for, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When something was done last, or when it was stopped or resumed, UTC.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>Shows a job.</summary>
    public static BulkResponse Create(BulkOrder order) => new()
    {
        BulkJobId = order.Job.BulkJobId,
        Kind = WordOf(order.Job.Kind),
        State = order.Job.State.ToString().ToLowerInvariant(),
        Total = order.Job.Total,
        Done = order.Job.Done,
        RatePerSecond = order.Job.RatePerSecond,
        WaitsFor = order.WaitsFor,
        LetterId = order.Job.LetterId,
        Queue = order.Job.Queue,
        MerchantId = order.Job.MerchantId,
        Event = order.Job.Event,
        Reason = order.Job.Reason,
        From = order.Job.From,
        To = order.Job.To,
        CreatedBy = order.Job.CreatedBy,
        CreatedAt = order.Job.CreatedAt,
        UpdatedAt = order.Job.UpdatedAt,
    };

    internal static string WordOf(BulkKind kind) => kind.ToString().ToLowerInvariant();
}
