namespace Gateway.Persistence.Bulk;

/// <summary>What a <see cref="BulkJob"/> does with all that match. Stored as the number, shown in lower case.</summary>
public enum BulkKind : short
{
    /// <summary>Puts dead letters back into their queues.</summary>
    Requeue = 0,

    /// <summary>Drops dead letters, for good.</summary>
    Drop = 1,

    /// <summary>Sends a merchant's failed or skipped webhooks again.</summary>
    Recover = 2,
}
