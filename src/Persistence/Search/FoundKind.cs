namespace Gateway.Persistence.Search;

/// <summary>What was found.</summary>
public enum FoundKind
{
    /// <summary>A payment of the gateway's.</summary>
    Payment,

    /// <summary>A payout of the gateway's.</summary>
    Payout,

    /// <summary>A merchant of the gateway's.</summary>
    Merchant,

    /// <summary>A webhook.</summary>
    Webhook,

    /// <summary>A job of another type.</summary>
    Job,
}
