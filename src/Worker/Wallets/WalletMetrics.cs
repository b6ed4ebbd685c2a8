using System.Diagnostics.Metrics;
using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Wallets;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>
/// <c>gateway.wallet.balance</c> (whole coins, by token), <c>gateway.wallet.frozen</c>, <c>gateway.wallet.out_of_range</c> and
/// <c>gateway.wallet.unreadable</c> of each wallet, as
/// the last check found them: whichever worker made it, every worker tells the same.
/// </summary>
public sealed class WalletMetrics : BackgroundService
{
    private readonly WalletOptions _options;
    private readonly IDbContextFactory<GatewayDbContext> _contexts;
    private readonly PolledFigures<List<(Wallet Wallet, WalletBalanceSnapshot? Last, bool IsUnreadable, WalletState? State)>> _wallets;

    /// <summary>Creates the instruments.</summary>
    public WalletMetrics(
        WalletOptions options,
        IDbContextFactory<GatewayDbContext> contexts,
        MetricsOptions metrics,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<WalletMetrics> logger)
    {
        (_options, _contexts) = (options, contexts);
        _wallets = new("wallets", ReadAsync, metrics.Interval, time, logger);
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge(
            "gateway.wallet.balance",
            () => _wallets.Measured(wallets =>
                wallets.Where(w => !w.IsUnreadable && w.Last is not null)
                    .SelectMany(w => BalancesOf(w.Wallet, w.Last!))),
            "{coin}",
            "What a wallet holds; none while that is unknown.");
        meter.CreateObservableGauge(
            "gateway.wallet.out_of_range",
            () => _wallets.Measured(wallets =>
                wallets.Where(w => !w.IsUnreadable && w.Last is not null)
                    .Select(w => MeasurementOf(w.Wallet, SideOf(w.Last!)))),
            null,
            "-1 below the wallet's range, 1 above it, 0 inside; none while the balance is unknown.");
        meter.CreateObservableGauge(
            "gateway.wallet.unreadable",
            () => _wallets.Measured(wallets => wallets.Select(w => MeasurementOf(w.Wallet, w.IsUnreadable ? 1 : 0))),
            null,
            "1 while the wallet cannot be read, else 0.");
        meter.CreateObservableGauge(
            "gateway.wallet.frozen",
            () => _wallets.Measured(wallets => wallets
                .Where(w => !w.IsUnreadable && w.State is not null).SelectMany(w => FrozenOf(w.Wallet, w.State!))),
            "{coin}",
            "What a wallet holds in accounts that the token's issuer has frozen; none while that is unknown.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _wallets.PollAsync(stoppingToken);

    private async Task<List<(Wallet Wallet, WalletBalanceSnapshot? Last, bool IsUnreadable, WalletState? State)>> ReadAsync(
        CancellationToken cancellationToken)
    {
        var found = new List<(Wallet, WalletBalanceSnapshot?, bool, WalletState?)>();
        if (_options.Wallets.Count == 0)
        {
            return found;
        }

        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        foreach (var wallet in _options.Wallets)
        {
            var last = await db.WalletBalanceSnapshots.AsNoTracking()
                .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address)
                .OrderByDescending(s => s.SnapshotAt)
                .FirstOrDefaultAsync(cancellationToken);
            var isUnreadable = await db.UnreadableWallets.StillUnreadable(wallet).AnyAsync(cancellationToken);
            found.Add((wallet, last, isUnreadable, await db.WalletStates.AsNoTracking().Of(wallet).FirstOrDefaultAsync(cancellationToken)));
        }

        return found;
    }

    private static IEnumerable<Measurement<double>> BalancesOf(Wallet wallet, WalletBalanceSnapshot snapshot)
    {
        (string Token, decimal Coins)[] balances =
            [(wallet.NativeCurrency, snapshot.NativeBalance), ("USDT", snapshot.UsdtBalance), ("USDC", snapshot.UsdcBalance)];
        return balances.Select(balance => Coins(wallet, balance.Token, balance.Coins));
    }

    private static IEnumerable<Measurement<double>> FrozenOf(Wallet wallet, WalletState state) =>
        [Coins(wallet, "USDT", state.FrozenUsdt), Coins(wallet, "USDC", state.FrozenUsdc)];

    // A gauge is for dashboards; the exact amount is in the snapshot.
    private static Measurement<double> Coins(Wallet wallet, string token, decimal coins) =>
        new((double)coins, new("chain", wallet.Chain), new("wallet", wallet.Address), new KeyValuePair<string, object?>("token", token));

    private static int SideOf(WalletBalanceSnapshot snapshot) => snapshot switch
    {
        { IsBelowMinThreshold: true } => -1,
        { IsAboveMaxThreshold: true } => 1,
        _ => 0,
    };

    private static Measurement<int> MeasurementOf(Wallet wallet, int value) =>
        new(value, new("chain", wallet.Chain), new KeyValuePair<string, object?>("wallet", wallet.Address));
}
