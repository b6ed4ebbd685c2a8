namespace Gateway.Persistence.Wallets;

/// <summary>Where a wallet's value lies.</summary>
public enum BalanceRange
{
    /// <summary>Between the thresholds, both included.</summary>
    Inside,

    /// <summary>Below the lower threshold.</summary>
    Below,

    /// <summary>Above the upper threshold.</summary>
    Above,
}
