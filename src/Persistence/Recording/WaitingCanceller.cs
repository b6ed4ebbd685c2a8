using Gateway.Persistence.Waiting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Gateway.Persistence.Recording;

/// <summary>
/// Cancels what waits. It takes one merchant after the other, some hundred entries in a transaction, as <see cref="WaitingList"/> does.
/// </summary>
public sealed class WaitingCanceller
{
    private readonly IDbContextFactory<GatewayDbContext> _contexts;
    private readonly TimeProvider _time;

    internal WaitingCanceller(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time) => (_contexts, _time) = (contexts, time);

    /// <summary>
    /// Removes what matches and is not on the road. The job log says of each that it was cancelled, in the same transaction, and its
    /// payload is kept, so that it can be sent again.
    /// </summary>
    /// <param name="filter">Which entries.</param>
    /// <param name="limit">About how many at most, in whole batches.</param>
    /// <param name="cancellationToken">Ends it between two batches; those that are gone stay gone.</param>
    public async Task<CancelOutcome> CancelAsync(WaitingFilter filter, int limit, CancellationToken cancellationToken)
    {
        var (cancelled, onTheRoad) = (0, 0);
        foreach (var merchantId in await WaitingLocks.FindMerchantsAsync(_contexts, filter, cancellationToken))
        {
            var ofMerchant = filter with { MerchantId = merchantId };
            DateTime? position = null;
            while (true)
            {
                if (cancelled >= limit)
                {
                    return new CancelOutcome(cancelled, onTheRoad, HasMore: true);
                }

                await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                await db.Database.EndWhenAbandonedAsync(cancellationToken);
                await WaitingLocks.OfMerchantAsync(db, merchantId, cancellationToken);
                var found = await WaitingLocks.From(ofMerchant.Narrow(db).NotOnTheRoad(db), position)
                    .OrderBy(w => w.DueAt).Take(WaitingList.BatchSize).Select(w => new { w.DeliveryId, w.DueAt })
                    .ToListAsync(cancellationToken);
                var free = await WaitingLocks.OfEntriesAsync(db, merchantId, [.. found.Select(w => w.DeliveryId)], cancellationToken);
                var entries = await db.WaitingWebhooks.AsNoTracking()
                    .Where(w => w.MerchantId == merchantId && free.Contains(w.DeliveryId)).ToListAsync(cancellationToken);
                var isLast = found.Count < WaitingList.BatchSize;
                if (isLast)
                {
                    // One that a commit has in hand at this moment is being attempted under another message.
                    onTheRoad += await ofMerchant.Narrow(db).OnTheRoad(db).CountAsync(cancellationToken) + found.Count - entries.Count;
                }

                if (entries.Count > 0)
                {
                    var now = _time.GetUtcNow();
                    JobRecord[] records = [.. entries.Select(entry => CancelledWebhook.RecordOf(entry, now))];
                    await WriteAsync(db, transaction, records, cancellationToken);
                }

                await transaction.CommitAsync(cancellationToken);
                cancelled += entries.Count;
                if (isLast)
                {
                    break;
                }

                position = found[^1].DueAt;
            }
        }

        return new CancelOutcome(cancelled, onTheRoad, HasMore: false);
    }

    private static Task WriteAsync(
        GatewayDbContext db, IDbContextTransaction transaction, IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) =>
        db.Database.GetDbConnection() is NpgsqlConnection connection
            ? PostgresJobRunWriter.WriteAsync(connection, (NpgsqlTransaction)transaction.GetDbTransaction(), records, cancellationToken)
            : SqliteJobRunWriter.WriteAsync(
                (SqliteConnection)db.Database.GetDbConnection(),
                (SqliteTransaction)transaction.GetDbTransaction(),
                records,
                cancellationToken);
}
