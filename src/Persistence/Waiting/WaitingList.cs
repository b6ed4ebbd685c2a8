using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// The waiting room for operators: what waits, and why; make it due now. A release takes one merchant after
/// the other, some hundred entries in a transaction, so that the workers' commits for that merchant wait for a moment only. It locks what
/// they lock: the endpoint, then the merchant, and of the entries those that no commit has in hand.
/// </summary>
public sealed class WaitingList
{
    internal const int BatchSize = 500;

    private readonly IDbContextFactory<GatewayDbContext> _contexts;
    private readonly TimeProvider _time;

    internal WaitingList(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time) => (_contexts, _time) = (contexts, time);

    /// <summary>A page of entries, the soonest first.</summary>
    /// <param name="filter">Which entries.</param>
    /// <param name="after">Where the page starts: <see cref="WaitingPage.Next"/> of the page before, null for the first.</param>
    /// <param name="limit">The most entries of the page, from 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<WaitingPage> ListAsync(WaitingFilter filter, WaitingCursor? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000);

        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var waiting = filter.Narrow(db);
        if (after is { DueAt: var dueAt, Key: var (deliveryId, merchantId) })
        {
            // The first condition alone lets the index start at the right place; the second sorts out equal times.
            waiting = waiting.Where(w => w.DueAt >= dueAt
                && (w.DueAt > dueAt || w.DeliveryId > deliveryId || (w.DeliveryId == deliveryId && w.MerchantId > merchantId)));
        }

        var entries = await waiting
            .OrderBy(w => w.DueAt).ThenBy(w => w.DeliveryId).ThenBy(w => w.MerchantId)
            .Take(limit + 1)
            .AsEntries(db)
            .ToListAsync(cancellationToken);
        if (entries.Count <= limit)
        {
            return new WaitingPage(entries, Next: null);
        }

        entries.RemoveAt(limit);
        var last = entries[^1];
        return new WaitingPage(entries, new WaitingCursor(last.DueAt, new DeliveryKey(last.DeliveryId, last.MerchantId)));
    }

    /// <summary>What waits by merchant: the one with most entries first.</summary>
    /// <param name="merchantId">Only this merchant; null for all.</param>
    /// <param name="limit">The most merchants, from 1.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<MerchantWaiting>> ListMerchantsAsync(Guid? merchantId, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);

        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var now = await NowAsync(db, cancellationToken);
        var merchants = await new WaitingFilter { MerchantId = merchantId }.Narrow(db)
            .GroupBy(w => w.MerchantId)
            .Select(of => new { MerchantId = of.Key, Count = of.Count() })
            .OrderByDescending(of => of.Count).ThenBy(of => of.MerchantId)
            .Take(limit)
            .Select(of => of.MerchantId)
            .ToListAsync(cancellationToken);
        var waiting = (await db.WaitingWebhooks.NotOnTheRoad(db).Where(w => merchants.Contains(w.MerchantId))
            .GroupBy(w => new { w.MerchantId, w.Reason })
            .Select(of => new
            {
                of.Key.MerchantId,
                of.Key.Reason,
                Count = of.Count(),
                NextDueAt = of.Min(w => w.DueAt),
                Since = of.Min(w => w.WaitsSince),
            })
            .ToListAsync(cancellationToken)).ToLookup(of => of.MerchantId);
        var onTheRoad = await db.WaitingWebhooks.OnTheRoad(db).Where(w => merchants.Contains(w.MerchantId))
            .GroupBy(w => w.MerchantId)
            .Select(of => new { of.Key, Count = of.Count() })
            .ToDictionaryAsync(of => of.Key, of => of.Count, cancellationToken);
        var held = await db.HeldEndpoints(now).AsNoTracking().Where(e => merchants.Contains(e.MerchantId))
            .ToDictionaryAsync(e => e.MerchantId, cancellationToken);
        var disabledMerchants = db.DisabledMerchants();
        var disabled = await db.WebhookEndpoints.Where(e => merchants.Contains(e.MerchantId) && disabledMerchants.Contains(e.MerchantId))
            .ToDictionaryAsync(e => e.MerchantId, e => e.DisabledAt, cancellationToken);
        return
        [
            .. merchants.Select(id => new MerchantWaiting
            {
                MerchantId = id,
                Waiting = waiting[id].ToDictionary(of => of.Reason, of => of.Count),
                OnTheRoad = onTheRoad.GetValueOrDefault(id),
                NextDueAt = waiting[id].Min(of => (DateTime?)of.NextDueAt),
                OldestSince = waiting[id].Min(of => (DateTime?)of.Since),
                HeldUntil = held.GetValueOrDefault(id)?.HeldUntil,
                HoldReason = held.GetValueOrDefault(id)?.HoldReason,
                DisabledSince = disabled.GetValueOrDefault(id),
            }),
        ];
    }

    /// <summary>How many entries match.</summary>
    public async Task<WaitingCount> CountAsync(WaitingFilter filter, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var disabled = db.DisabledMerchants();
        var waiting = filter.Narrow(db).NotOnTheRoad(db);
        return new WaitingCount(
            await waiting.CountAsync(cancellationToken),
            await filter.Narrow(db).OnTheRoad(db).CountAsync(cancellationToken),
            await waiting.CountAsync(w => disabled.Contains(w.MerchantId), cancellationToken));
    }

    /// <summary>The figures, counted from all rows: of a million entries that takes about a second.</summary>
    public async Task<WaitingFigures> ReadFiguresAsync(CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var now = await NowAsync(db, cancellationToken);
        var counts = await db.WaitingWebhooks.NotOnTheRoad(db)
            .GroupBy(w => new { w.Reason, IsFirst = w.Attempt == 1, IsUnreadable = w.UnreadableReason != null })
            .Select(of => new { of.Key.Reason, of.Key.IsFirst, of.Key.IsUnreadable, Count = of.LongCount() })
            .ToListAsync(cancellationToken);
        var (disabled, held) = (db.DisabledMerchants(), db.HeldEndpoints(now).Where(e => e.HeldUntil > now).Select(e => e.MerchantId));

        // By merchant, so that a million entries of one that is disabled are not looked through.
        var oldest = await db.WaitingMerchants
            .Where(m => !db.WaitingLeases.Any(l => l.MerchantId == m.MerchantId))
            .Where(m => !disabled.Contains(m.MerchantId) && !held.Contains(m.MerchantId))
            .Select(m => db.WaitingWebhooks.Where(w => w.MerchantId == m.MerchantId && w.UnreadableReason == null && w.DueAt <= now)
                .OrderBy(w => w.DueAt).Select(w => (DateTime?)w.DueAt).FirstOrDefault())
            .Where(dueAt => dueAt != null)
            .OrderBy(dueAt => dueAt)
            .FirstOrDefaultAsync(cancellationToken);
        return new WaitingFigures
        {
            ByReason = counts.GroupBy(of => of.Reason).ToDictionary(of => of.Key, of => of.Sum(c => c.Count)),
            FirstAttempts = counts.Where(of => of.IsFirst).Sum(of => of.Count),
            Retries = counts.Where(of => !of.IsFirst).Sum(of => of.Count),
            Unreadable = counts.Where(of => of.IsUnreadable).Sum(of => of.Count),
            OldestDueAge = oldest is { } since ? now - since : TimeSpan.Zero,
        };
    }

    /// <summary>
    /// Makes due now what matches and is not on the road. A merchant who is left alone because of an open circuit or a <c>Retry-After</c>
    /// is not any more, so that all that is due of it goes out. An entry that could not be read is tried again. What is of a disabled
    /// endpoint stays.
    /// </summary>
    public async Task<ReleaseOutcome> ReleaseAsync(WaitingFilter filter, CancellationToken cancellationToken)
    {
        var (released, onTheRoad, ofDisabled) = (0, 0, 0);
        List<Guid> holdsEnded = [];
        foreach (var merchantId in await WaitingLocks.FindMerchantsAsync(_contexts, filter, cancellationToken))
        {
            var ofMerchant = filter with { MerchantId = merchantId };
            DateTime? position = null;
            while (true)
            {
                await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                await db.Database.EndWhenAbandonedAsync(cancellationToken);
                var now = await NowAsync(db, cancellationToken);
                var waiting = ofMerchant.Narrow(db).NotOnTheRoad(db);
                var isFirst = position is null;
                if (isFirst)
                {
                    // Before anything is locked: of a million entries that takes a second.
                    var count = await waiting.CountAsync(cancellationToken);
                    onTheRoad += await ofMerchant.Narrow(db).OnTheRoad(db).CountAsync(cancellationToken);
                    var isDisabled = await db.DisabledMerchants().ContainsAsync(merchantId, cancellationToken);
                    (released, ofDisabled) = isDisabled ? (released, ofDisabled + count) : (released + count, ofDisabled);
                    if (isDisabled || count == 0)
                    {
                        break;
                    }
                }

                if (await LockEndpointAsync(db, merchantId, cancellationToken) is { HeldUntil: not null } endpoint && isFirst)
                {
                    (endpoint.HeldUntil, endpoint.HeldSince, endpoint.HoldReason, endpoint.HeldUrl) = (null, null, null, null);
                    (endpoint.FailedProbes, endpoint.UpdatedAt) = (0, now);
                    await db.SaveChangesAsync(cancellationToken);
                    holdsEnded.Add(merchantId);
                }

                await WaitingLocks.OfMerchantAsync(db, merchantId, cancellationToken);
                var found = await WaitingLocks.From(waiting, position).Where(w => w.DueAt > now || w.UnreadableReason != null)
                    .OrderBy(w => w.DueAt).Take(BatchSize).Select(w => new { w.DeliveryId, w.DueAt }).ToListAsync(cancellationToken);
                var free = await WaitingLocks.OfEntriesAsync(db, merchantId, [.. found.Select(w => w.DeliveryId)], cancellationToken);
                await db.WaitingWebhooks.Where(w => w.MerchantId == merchantId && free.Contains(w.DeliveryId)).ExecuteUpdateAsync(
                    set => set.SetProperty(w => w.DueAt, now).SetProperty(w => w.UnreadableReason, (string?)null), cancellationToken);
                await db.WaitingMerchants.Where(m => m.MerchantId == merchantId && m.NextAt > now)
                    .ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, now), cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                if (found.Count < BatchSize)
                {
                    break;
                }

                position = found[^1].DueAt;
            }
        }

        return new ReleaseOutcome(released, onTheRoad, ofDisabled, holdsEnded);
    }

    // The database's clock decides what is due; in embedded mode that is the program's.
    private async Task<DateTime> NowAsync(GatewayDbContext db, CancellationToken cancellationToken) => db.Database.IsSqlite()
        ? _time.GetUtcNow().UtcDateTime
        : await db.Database.SqlQuery<DateTime>($"""select now() as "Value" """).SingleAsync(cancellationToken);

    // A transaction on SQLite has the database to itself.
    private static async Task<WebhookEndpoint?> LockEndpointAsync(GatewayDbContext db, Guid merchantId, CancellationToken cancellationToken)
    {
        var rows = db.Database.IsSqlite()
            ? db.WebhookEndpoints.Where(e => e.MerchantId == merchantId)
            : db.WebhookEndpoints.FromSql($"select * from webhook_endpoints where merchant_id = {merchantId} for update");
        return (await rows.ToListAsync(cancellationToken)).SingleOrDefault();
    }
}
