using System.Diagnostics.Metrics;

namespace Gateway.Worker.Wallets;

/// <summary>
/// <c>gateway.wallet.balance</c> (whole coins, by chain, wallet and token) and <c>gateway.wallet.readable</c> (1 or 0, by chain and
/// wallet), as the last check in this process found them.
/// </summary>
public sealed class WalletMetrics
{
    private readonly Gauge<double> _balance;
    private readonly Gauge<int> _readable;

    /// <summary>Creates the instruments.</summary>
    public WalletMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Gateway.Worker");
        _balance = meter.CreateGauge<double>("gateway.wallet.balance", "{coin}", "What a wallet holds.");
        _readable = meter.CreateGauge<int>("gateway.wallet.readable", null, "1 when the wallet could be read, 0 when its balance is unknown.");
    }

    internal void Read(Wallet wallet, WalletBalances balances)
    {
        Record(wallet, wallet.NativeCurrency, balances.Native);
        Record(wallet, "USDT", balances.Usdt);
        Record(wallet, "USDC", balances.Usdc);
        _readable.Record(1, new("chain", wallet.Chain), new("wallet", wallet.Address));
    }

    internal void Unreadable(Wallet wallet) => _readable.Record(0, new("chain", wallet.Chain), new("wallet", wallet.Address));

    // A gauge is for dashboards; the exact amount is in the snapshot.
    private void Record(Wallet wallet, string token, decimal coins) =>
        _balance.Record((double)coins, new("chain", wallet.Chain), new("wallet", wallet.Address), new("token", token));
}
