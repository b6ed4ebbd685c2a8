using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Wallets;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Wallets;

/// <summary>Shows what the watched wallets hold, and held.</summary>
public sealed class WalletOverview(
    WalletOptions options, IDbContextFactory<GatewayDbContext> contexts, JobHistory history, TimeProvider time)
{
    private const int DefaultDays = 7;
    private const int MostDays = 90;

    /// <summary>Every wallet with what it held over the last days.</summary>
    /// <param name="days">How many, as text; null for a week.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<IReadOnlyList<WalletResponse>>> ReadAsync(string? days, CancellationToken cancellationToken)
    {
        var text = new FilterText();
        var shown = text.Number("days", days, DefaultDays, MostDays);
        if (text.Complaint is { } complaint)
        {
            return Refusal.Invalid("Not a number of days", complaint);
        }

        var to = time.GetUtcNow().UtcDateTime;
        var from = to.AddDays(-shown);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var failures = await history.FindFailuresAsync(
            CheckWalletBalancesJob.Definition.Type, CheckWalletBalancesJob.Unreadable, from, cancellationToken);
        var wallets = new List<WalletResponse>();
        foreach (var wallet in options.Wallets)
        {
            var now = await ReadNowAsync(db, wallet, cancellationToken);
            var readings = await Snapshots(db, wallet).Where(snapshot => snapshot.SnapshotAt >= from)
                .OrderBy(snapshot => snapshot.SnapshotAt)
                .Select(snapshot => new { snapshot.SnapshotAt, snapshot.TotalUsdValue })
                .ToListAsync(cancellationToken);
            wallets.Add(now with
            {
                From = from,
                To = to,
                Points = BalanceCurve.Downsample(readings.Select(reading => (reading.SnapshotAt, reading.TotalUsdValue)), from, to),
                Unreadable = BalanceCurve.FindUnreadable(
                    [.. readings.Select(reading => reading.SnapshotAt)], failures, now.UnreadableSince),
            });
        }

        return wallets;
    }

    /// <summary>Every wallet as it was read last.</summary>
    public async Task<IReadOnlyList<WalletResponse>> ReadNowAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var wallets = new List<WalletResponse>();
        foreach (var wallet in options.Wallets)
        {
            wallets.Add(await ReadNowAsync(db, wallet, cancellationToken));
        }

        return wallets;
    }

    private static IQueryable<WalletBalanceSnapshot> Snapshots(GatewayDbContext db, Wallet wallet) =>
        db.WalletBalanceSnapshots.AsNoTracking()
            .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.Address);

    private async Task<WalletResponse> ReadNowAsync(GatewayDbContext db, Wallet wallet, CancellationToken cancellationToken)
    {
        var last = await Snapshots(db, wallet).OrderByDescending(snapshot => snapshot.SnapshotAt).FirstOrDefaultAsync(cancellationToken);
        var state = await db.WalletStates.AsNoTracking().Of(wallet).FirstOrDefaultAsync(cancellationToken);
        var unreadable = await db.UnreadableWallets.AsNoTracking().StillUnreadable(wallet).FirstOrDefaultAsync(cancellationToken);
        return WalletResponse.Create(wallet, options, last, state, unreadable?.Since);
    }
}
