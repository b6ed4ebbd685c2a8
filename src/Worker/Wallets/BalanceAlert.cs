namespace Gateway.Worker.Wallets;

/// <summary>What operators are told after a check.</summary>
public enum BalanceAlert
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The balance left its range.</summary>
    OutOfRange,

    /// <summary>It has been out of range for another day.</summary>
    Reminder,

    /// <summary>It is back.</summary>
    BackInRange,
}
