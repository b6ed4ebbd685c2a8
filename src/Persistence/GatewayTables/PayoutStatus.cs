namespace Gateway.Persistence.GatewayTables;

/// <summary>The values of <see cref="Payout.Status"/>.</summary>
public static class PayoutStatus
{
    /// <summary>The merchant asked for it.</summary>
    public const string Requested = "requested";

    /// <summary>An operator agreed.</summary>
    public const string Approved = "approved";

    /// <summary>With the bank.</summary>
    public const string Processing = "processing";

    /// <summary>Paid out.</summary>
    public const string Completed = "completed";

    /// <summary>An operator refused.</summary>
    public const string Rejected = "rejected";

    /// <summary>Failed.</summary>
    public const string Failed = "failed";
}
