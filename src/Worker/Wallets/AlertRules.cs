namespace Gateway.Worker.Wallets;

/// <summary>When operators are told: on crossing a threshold, once a day while it lasts, and when it is over.</summary>
internal static class AlertRules
{
    private static readonly TimeSpan ReminderInterval = TimeSpan.FromDays(1);

    /// <summary>The range that a value lies in.</summary>
    public static BalanceRange RangeOf(decimal usd, decimal minimum, decimal maximum) =>
        usd < minimum ? BalanceRange.Below : usd > maximum ? BalanceRange.Above : BalanceRange.Inside;

    /// <summary>What to tell.</summary>
    /// <param name="previous">The range at the check before; inside when there was none.</param>
    /// <param name="current">The range now.</param>
    /// <param name="lastAlertAt">When operators were last told anything of this wallet.</param>
    /// <param name="now">The time of this check.</param>
    public static BalanceAlert Decide(BalanceRange previous, BalanceRange current, DateTime? lastAlertAt, DateTime now)
    {
        if (current == BalanceRange.Inside)
        {
            return previous == BalanceRange.Inside ? BalanceAlert.None : BalanceAlert.BackInRange;
        }

        if (current != previous)
        {
            return BalanceAlert.OutOfRange;
        }

        return lastAlertAt is null || now - lastAlertAt >= ReminderInterval ? BalanceAlert.Reminder : BalanceAlert.None;
    }
}
