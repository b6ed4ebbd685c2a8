namespace Gateway.Persistence.GatewayTables;

/// <summary>The values of <see cref="Merchant.Status"/>.</summary>
public static class MerchantStatus
{
    /// <summary>In business.</summary>
    public const string Active = "active";

    /// <summary>Stopped by the gateway for now.</summary>
    public const string Suspended = "suspended";

    /// <summary>Gone for good.</summary>
    public const string Closed = "closed";
}
