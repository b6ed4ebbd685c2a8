namespace Gateway.Persistence.GatewayTables;

/// <summary>The values of <see cref="Payment.Status"/>.</summary>
public static class PaymentStatus
{
    /// <summary>Nothing has been paid.</summary>
    public const string Created = "created";

    /// <summary>The customer has been shown where to pay.</summary>
    public const string Pending = "pending";

    /// <summary>Held for a compliance check.</summary>
    public const string PendingCompliance = "pending_compliance";

    /// <summary>The transfer was seen and waits for confirmations.</summary>
    public const string Confirming = "confirming";

    /// <summary>Paid.</summary>
    public const string Completed = "completed";

    /// <summary>Not paid in time.</summary>
    public const string Expired = "expired";

    /// <summary>Failed.</summary>
    public const string Failed = "failed";
}
