namespace Gateway.Worker.Wallets;

/// <summary>What operators are told after a check.</summary>
public enum BalanceAlert
{
    /// <summary>Operators are told nothing.</summary>
    None,

    /// <summary>The balance left its range.</summary>
    OutOfRange,

    /// <summary>It has been out of range for another day.</summary>
    Reminder,

    /// <summary>The balance is back in its range.</summary>
    BackInRange,
}
