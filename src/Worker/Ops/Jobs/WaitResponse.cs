using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>When and why the next attempt of a webhook waits.</summary>
public sealed record WaitResponse
{
    /// <summary>The earliest moment of the attempt, UTC.</summary>
    public required DateTime DueAt { get; init; }

    /// <summary>Why it waits: retry, no_room, circuit_open, retry_after, paused_endpoint, fault or duplicate.</summary>
    public required string Reason { get; init; }

    /// <summary>The number of the attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>How often the webhook had been sent again from its first attempt, from 0.</summary>
    public required int Round { get; init; }

    /// <summary>Since when it waits for this attempt, UTC.</summary>
    public required DateTime Since { get; init; }

    /// <summary>Whether it has left the waiting room: the attempt is under way, or its message is in a queue.</summary>
    public required bool OnTheRoad { get; init; }

    /// <summary>Until then the merchant's endpoint is left alone, UTC, however early the attempt is due.</summary>
    public DateTime? HeldUntil { get; init; }

    /// <summary>Why this version of the worker cannot send it.</summary>
    public string? UnreadableReason { get; init; }

    /// <summary>Shows an entry of the waiting room.</summary>
    public static WaitResponse? From(WaitingEntry? entry) => entry is null ? null : new()
    {
        DueAt = entry.DueAt,
        Reason = entry.Reason.Word(),
        Attempt = entry.Attempt,
        Round = entry.Round,
        Since = entry.WaitsSince,
        OnTheRoad = entry.LeasedUntil is not null,
        HeldUntil = entry.HeldUntil,
        UnreadableReason = entry.UnreadableReason,
    };
}
