namespace Gateway.Persistence.GatewayTables;

/// <summary>The values of <see cref="Merchant.KycTier"/>.</summary>
public static class KycTier
{
    /// <summary>The smallest merchants.</summary>
    public const string Tier1 = "tier1";

    /// <summary>Merchants in the middle.</summary>
    public const string Tier2 = "tier2";

    /// <summary>The largest merchants; their deliveries go first.</summary>
    public const string Tier3 = "tier3";
}
