using Gateway.Persistence.Bulk;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Operations;

/// <summary>
/// Removes what is long past and nobody needs to go on: operators' actions, bulk jobs that have ended, and snapshots of wallets. Of each
/// wallet the last snapshot stays, and those of which operators were told, which are few: from them the alerts go on.
/// </summary>
/// <remarks>Several workers may be at it at once: each finds what the others have left.</remarks>
public sealed class HistoryRetention(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>Rows of one batch, a short transaction each.</summary>
    public const int BatchSize = 1_000;

    /// <summary>Removes what is older.</summary>
    /// <param name="before">UTC; what was done, ended or read before goes.</param>
    /// <param name="pause">The time between two batches.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellationToken">Ends it after a batch.</param>
    /// <returns>How many rows were removed.</returns>
    public async Task<long> RemoveAsync(DateTime before, TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var snapshots = db.WalletBalanceSnapshots;
        return await RemoveAsync(db.OperatorActions.Where(action => action.At < before).OrderBy(action => action.At))
            + await RemoveAsync(db.BulkJobs
                .Where(job => job.State != BulkState.Running && job.UpdatedAt < before)
                .OrderBy(job => job.UpdatedAt))
            // The last, because the table is the gateway's and may not be ours to delete from.
            + await RemoveAsync(snapshots.Where(old => old.SnapshotAt < before && !old.AlertSent && snapshots.Any(newer =>
                newer.Chain == old.Chain && newer.Network == old.Network && newer.WalletAddress == old.WalletAddress
                && newer.SnapshotAt > old.SnapshotAt))
                .OrderBy(old => old.SnapshotAt));

        async Task<long> RemoveAsync<TRow>(IQueryable<TRow> old)
        {
            var removed = 0L;
            while (await old.Take(BatchSize).ExecuteDeleteAsync(cancellationToken) is > 0 and var rows)
            {
                removed += rows;
                await Task.Delay(pause, time, cancellationToken);
            }

            return removed;
        }
    }
}
