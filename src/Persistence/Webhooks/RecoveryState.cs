namespace Gateway.Persistence.Webhooks;

/// <summary>Where a <see cref="WebhookRecovery"/> stands. Stored as the number, shown in lower case.</summary>
public enum RecoveryState : short
{
    /// <summary>A worker is at it, or will be.</summary>
    Running = 0,

    /// <summary>An operator stopped it.</summary>
    Stopped = 1,

    /// <summary>Everything was sent again.</summary>
    Done = 2,
}
