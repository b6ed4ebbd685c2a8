namespace Gateway.Persistence.Waiting;

/// <summary>Why a webhook waits. Stored as the number, shown in snake_case.</summary>
public enum WaitReason : short
{
    /// <summary>An attempt failed; the next one is due later.</summary>
    Retry = 0,

    /// <summary>The merchant had as many attempts under way as it may have.</summary>
    NoRoom = 1,

    /// <summary>The merchant kept failing and is left alone for a while.</summary>
    CircuitOpen = 2,

    /// <summary>The merchant asked to be left alone for a while (<c>Retry-After</c>).</summary>
    RetryAfter = 3,

    /// <summary>The endpoint was disabled while it waited for a retry.</summary>
    PausedEndpoint = 4,

    /// <summary>The worker failed before the attempt, by no fault of the merchant.</summary>
    Fault = 5,

    /// <summary>The same delivery was published twice, and the other message was being attempted.</summary>
    Duplicate = 6,
}
