using System.Globalization;
using Gateway.Persistence.Wallets;
using Gateway.Worker.Mail;

namespace Gateway.Worker.Wallets;

/// <summary>What operators are written of a wallet that was read.</summary>
internal sealed record WalletMail(Wallet Wallet, WalletBalances Balances, WalletOptions Options, DateTime Now)
{
    /// <summary>Its value crossed a threshold, is still beyond it, or is back.</summary>
    public OperatorMail Range(BalanceAlert alert, BalanceRange range, DateTime publishedAt)
    {
        var what = range switch
        {
            BalanceRange.Below => $"below {Options.MinimumUsd} USD",
            BalanceRange.Above => $"above {Options.MaximumUsd} USD",
            _ => "back in range",
        };
        return Compose("range", publishedAt, $"{(alert == BalanceAlert.Reminder ? "still " : "")}{what}", "");
    }

    /// <summary>A token is gone.</summary>
    public OperatorMail Emptied(string tokens, DateTime emptiedAt) => Compose(
        "emptied",
        emptiedAt,
        $"holds no {tokens} any more",
        "At the check before there was some. Two readings say so. If you did not expect it, treat it as theft.\n");

    /// <summary>A token's issuer has frozen an account.</summary>
    public OperatorMail Frozen(DateTime since, DateTime? mailedAt) => Compose(
        "frozen",
        mailedAt is null ? since : mailedAt.Value + AlertRules.ReminderInterval,
        "is frozen by the token's issuer",
        string.Create(
            CultureInfo.InvariantCulture,
            $"Frozen, and counted below, but not to be paid out: USDT {Balances.FrozenUsdt}, USDC {Balances.FrozenUsdc}.\n"));

    private OperatorMail Compose(string kind, DateTime about, string what, string note) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"wallet-{Wallet.Chain}-{Wallet.Address}-{kind}-{about:yyyyMMddHHmmssfff}"),
        Subject = $"{Wallet.Chain} wallet {what}",
        Text = string.Create(CultureInfo.InvariantCulture,
            $"""
            {Wallet.Chain} {Wallet.Network} {Wallet.Address}
            {note}
            USDT and USDC together: {Balances.TotalUsd} USD; it should hold {Options.MinimumUsd} to {Options.MaximumUsd} USD.
            USDT: {Balances.Usdt}
            USDC: {Balances.Usdc}
            {Wallet.NativeCurrency}: {Balances.Native}
            Read at {Now:yyyy-MM-dd HH:mm:ss} UTC, {Wallet.HeightUnit} {Balances.Height}.
            """),
    };
}
