using Gateway.Contracts;
using Gateway.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Wallets;

/// <summary>Keeps what a wallet held, and tells operators what the change since the last check asks for.</summary>
public sealed class WalletRecorder(
    IDbContextFactory<GatewayDbContext> database, IBus bus, WalletOptions options, TimeProvider time, ILogger<WalletRecorder> logger)
{
    /// <summary>Writes the snapshot. The snapshots are the memory of the alerts, so a restart and another worker go on from them.</summary>
    public async Task RecordAsync(Wallet wallet, WalletBalances balances, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (db.Database.IsNpgsql())
        {
            // Two workers that check one wallet at once would both see the crossing.
            await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtext({"wallet:" + wallet.Chain + wallet.Address}))", cancellationToken);
        }

        var history = db.WalletBalanceSnapshots.AsNoTracking()
            .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address)
            .OrderByDescending(s => s.SnapshotAt);
        var previous = await history.FirstOrDefaultAsync(cancellationToken);
        var lastAlertAt = await history.Where(s => s.AlertSent).Select(s => s.AlertSentAt).FirstOrDefaultAsync(cancellationToken);

        var now = time.GetUtcNow().UtcDateTime;
        var range = AlertRules.RangeOf(balances.TotalUsd, options.MinimumUsd, options.MaximumUsd);
        var alert = AlertRules.Decide(RangeOf(previous), range, lastAlertAt, now);

        db.WalletBalanceSnapshots.Add(new WalletBalanceSnapshot
        {
            Chain = wallet.Chain,
            Network = wallet.Network,
            WalletAddress = wallet.Address,
            NativeBalance = balances.Native,
            NativeCurrency = wallet.Chain == WalletOptions.Solana ? "SOL" : "BNB",
            UsdtBalance = balances.Usdt,
            UsdcBalance = balances.Usdc,
            UsdtMint = wallet.Usdt.Address,
            UsdcMint = wallet.Usdc.Address,
            TotalUsdValue = balances.TotalUsd,
            MinThresholdUsd = options.MinimumUsd,
            MaxThresholdUsd = options.MaximumUsd,
            IsBelowMinThreshold = range == BalanceRange.Below,
            IsAboveMaxThreshold = range == BalanceRange.Above,
            AlertSent = alert != BalanceAlert.None,
            AlertSentAt = alert != BalanceAlert.None ? now : null,
            SnapshotAt = now,
            CreatedAt = now,
        });
        await db.SaveChangesAsync(cancellationToken);

        // Before the commit: after a crash in between, operators are told twice rather than never.
        await TellAsync(alert, wallet, balances.TotalUsd, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static BalanceRange RangeOf(WalletBalanceSnapshot? snapshot) => snapshot switch
    {
        { IsBelowMinThreshold: true } => BalanceRange.Below,
        { IsAboveMaxThreshold: true } => BalanceRange.Above,
        _ => BalanceRange.Inside,
    };

    private async Task TellAsync(BalanceAlert alert, Wallet wallet, decimal usd, DateTime now, CancellationToken cancellationToken)
    {
        switch (alert)
        {
            case BalanceAlert.OutOfRange or BalanceAlert.Reminder:
                Log.OutOfRange(logger, wallet.Chain, wallet.Address, usd, options.MinimumUsd, options.MaximumUsd, alert);
                await bus.Publish(
                    new WalletBalanceOutOfRange
                    {
                        Chain = wallet.Chain,
                        WalletAddress = wallet.Address,
                        BalanceUsd = usd,
                        MinimumUsd = options.MinimumUsd,
                        MaximumUsd = options.MaximumUsd,
                        CheckedAt = now,
                    },
                    cancellationToken);
                break;
            case BalanceAlert.BackInRange:
                Log.BackInRange(logger, wallet.Chain, wallet.Address, usd);
                await bus.Publish(
                    new WalletBalanceBackInRange { Chain = wallet.Chain, WalletAddress = wallet.Address, BalanceUsd = usd, CheckedAt = now },
                    cancellationToken);
                break;
        }
    }
}
