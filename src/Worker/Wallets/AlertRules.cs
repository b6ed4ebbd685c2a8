using Gateway.Persistence.Wallets;

namespace Gateway.Worker.Wallets;

/// <summary>
/// When services and operators are told of a wallet's range: on crossing a threshold, once a day while it lasts, and when it is over. Who
/// was told of what is in <see cref="WalletState"/>; nothing here changes it.
/// </summary>
internal static class AlertRules
{
    /// <summary>How often services and operators are told again.</summary>
    public static readonly TimeSpan ReminderInterval = TimeSpan.FromDays(1);

    /// <summary>
    /// How far inside its range a wallet must be to be back, as a share of the threshold that it had crossed, and at most of a quarter of
    /// the range: else a balance that goes to and fro around a threshold tells so at every check.
    /// </summary>
    public const decimal Margin = 0.02m;

    /// <summary>The range that a value lies in.</summary>
    /// <param name="usd">The value.</param>
    /// <param name="minimum">USD.</param>
    /// <param name="maximum">USD, above the minimum.</param>
    /// <param name="before">Where it lay, as was told the last time.</param>
    public static BalanceRange RangeOf(decimal usd, decimal minimum, decimal maximum, BalanceRange before)
    {
        var most = (maximum - minimum) / 4;
        var lowest = before == BalanceRange.Below ? minimum + Math.Min(Margin * minimum, most) : minimum;
        var highest = before == BalanceRange.Above ? maximum - Math.Min(Margin * maximum, most) : maximum;
        return usd < lowest ? BalanceRange.Below : usd > highest ? BalanceRange.Above : BalanceRange.Inside;
    }

    /// <summary>Whether services are told.</summary>
    public static bool IsPublished(WalletState state, BalanceRange range, DateTime now) =>
        Decide(state.PublishedRange, range, state.PublishedAt, now) != BalanceAlert.None;

    /// <summary>What operators are mailed.</summary>
    public static BalanceAlert MailOf(WalletState state, BalanceRange range, DateTime now) =>
        Decide(state.MailedRange, range, state.MailedAt, now);

    private static BalanceAlert Decide(BalanceRange last, BalanceRange range, DateTime? lastAt, DateTime now)
    {
        if (range == BalanceRange.Inside)
        {
            return last == BalanceRange.Inside ? BalanceAlert.None : BalanceAlert.BackInRange;
        }

        if (range != last)
        {
            return BalanceAlert.OutOfRange;
        }

        return lastAt is null || now - lastAt >= ReminderInterval ? BalanceAlert.Reminder : BalanceAlert.None;
    }
}
