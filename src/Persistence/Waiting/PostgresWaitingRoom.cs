using System.Diagnostics;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// The waiting room in PostgreSQL. A look locks the merchants that have something due, passes over those that another worker looks at, and
/// commits before anything is sent: no transaction waits for the broker. All times are the database's.
/// </summary>
internal sealed class PostgresWaitingRoom(IDbContextFactory<GatewayDbContext> contexts) : IWaitingRoom
{
    // A merchant whose road is full is looked at as soon as one of its leases ends; this is for a lease that ends unnoticed.
    private static readonly TimeSpan FullRoadPause = TimeSpan.FromSeconds(30);

    // For a merchant of whom something is due that must not be released, such as that of a paused queue.
    private static readonly TimeSpan PassedOverPause = TimeSpan.FromSeconds(5);

    // For a merchant who is left alone: it may be over sooner, by an answer, by another URL, or because an operator wants it.
    private static readonly TimeSpan ClosedPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);

    // The planner knows these tables as they were at the last analyze, mostly empty of leases and of what is due. It would read all that
    // waits to find a few of them, all leases or all that waits for a merchant for each that a look is about, and compile statements that
    // take milliseconds.
    private const string JoinByKey = "set local enable_hashjoin = off; set local enable_mergejoin = off; set local jit = off";
    private const string OnlyLookUps = $"{JoinByKey}; set local enable_seqscan = off; set local enable_bitmapscan = off";

    public async Task<IReadOnlyList<ReleasedWebhook>> TakeAsync(ReleaseLimits limits, CancellationToken cancellationToken)
    {
        if (limits is { FirstAttempts: false, Retries: false })
        {
            return [];
        }

        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var (released, mayBeMore) = await TakeOnceAsync(limits, cancellationToken);
            // Merchants who are left alone, or whose road is full, are looked at later: they keep nobody behind them waiting. But not for
            // long with these limits: a queue may be paused or go on meanwhile.
            if (released.Count > 0 || !mayBeMore || Stopwatch.GetElapsedTime(began) > LongestLook)
            {
                return released;
            }
        }
    }

    public async Task<IReadOnlyList<ReleasedWebhook>> TakeLostAsync(ReleaseLimits limits, int limit, CancellationToken cancellationToken)
    {
        var releaseId = Guid.CreateVersion7();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync($"{JoinByKey}; {AbandonedTransaction.End}", cancellationToken);
        // What has left the waiting room meanwhile needs no lease.
        await db.Database.ExecuteSqlAsync(
            $"""
            delete from waiting_leases l where l.leased_until < now() and not exists (
                select from waiting_webhooks w where w.delivery_id = l.delivery_id and w.merchant_id = l.merchant_id)
            """,
            cancellationToken);
        var lost = await db.Database.SqlQuery<ReleasedWebhook>(
            $"""
            with lost as (
                select l.delivery_id, l.merchant_id
                from waiting_leases l join waiting_webhooks w on w.delivery_id = l.delivery_id and w.merchant_id = l.merchant_id
                where l.leased_until < now() and w.unreadable_reason is null
                    and ({limits.FirstAttempts} or w.attempt > 1) and ({limits.Retries} or w.attempt = 1)
                order by l.release_id limit {limit} for update of l skip locked),
            leased as (
                update waiting_leases l
                set release_id = {releaseId}, leased_until = now() + {limits.SendingTime}, releases = least(l.releases + 1, 32767)
                from lost where l.delivery_id = lost.delivery_id and l.merchant_id = lost.merchant_id
                returning l.*)
            select w.delivery_id, w.merchant_id, leased.release_id, leased.releases, w.due_at, w.attempt,
                octet_length(w.message) as message_bytes, false as is_probe
            from leased join waiting_webhooks w on w.delivery_id = leased.delivery_id and w.merchant_id = leased.merchant_id
            """).ToListAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return lost;
    }

    public async Task<IReadOnlyList<WaitingWebhook>> ReadAsync(
        IReadOnlyCollection<ReleasedWebhook> released, CancellationToken cancellationToken)
    {
        var (deliveries, merchants) = Columns([.. released.Select(webhook => webhook.Key)]);
        Guid[] releases = [.. released.Select(webhook => webhook.ReleaseId)];
        int[] attempts = [.. released.Select(webhook => webhook.Attempt)];
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.WaitingWebhooks.FromSql(
            $"""
            select w.*
            from unnest({deliveries}, {merchants}, {releases}, {attempts}) as k (delivery_id, merchant_id, release_id, attempt)
                cross join lateral (
                    select known.* from waiting_webhooks known
                        join waiting_leases l on l.merchant_id = known.merchant_id and l.delivery_id = known.delivery_id
                    where known.delivery_id = k.delivery_id and known.merchant_id = k.merchant_id and known.attempt = k.attempt
                        and l.release_id = k.release_id
                    limit 1) as w
            """).AsNoTracking().ToListAsync(cancellationToken);
    }

    public Task SentAsync(Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, TimeSpan lease, CancellationToken cancellationToken) =>
        SetLeasesAsync(releaseId, keys, isSent: true, lease, cancellationToken);

    // It stays a lease that has run out: should the message have been sent all the same, the next one says that it is the second.
    public Task NotSentAsync(Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, CancellationToken cancellationToken) =>
        SetLeasesAsync(releaseId, keys, isSent: false, TimeSpan.Zero, cancellationToken);

    public async Task SetAsideAsync(DeliveryKey key, string reason, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.WaitingWebhooks.SetAsideAsync(key, reason, cancellationToken);
        await db.WaitingLeases.EndAsync(key, cancellationToken);
    }

    public async Task ProlongAsync(ReleaseLimits limits, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            update waiting_leases l set leased_until = now() + {lease}
            from (
                select paused.delivery_id, paused.merchant_id
                from waiting_leases paused
                    join waiting_webhooks w on w.delivery_id = paused.delivery_id and w.merchant_id = paused.merchant_id
                where paused.leased_until < now() + {lease / 2} and paused.leased_until > {WaitingLease.NotSent}
                    and ((not {limits.FirstAttempts} and w.attempt = 1) or (not {limits.Retries} and w.attempt > 1))
                for update of paused skip locked) as k
            where l.delivery_id = k.delivery_id and l.merchant_id = k.merchant_id
            """,
            cancellationToken);
    }

    public Task EndLeasesAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("The leases of one worker are not those of the others.");

    private async Task<(IReadOnlyList<ReleasedWebhook> Released, bool MayBeMore)> TakeOnceAsync(
        ReleaseLimits limits, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync($"{OnlyLookUps}; {AbandonedTransaction.End}", cancellationToken);
        var due = await LockMerchantsAsync(db, limits.Merchants, cancellationToken);
        if (due.Count == 0)
        {
            return ([], false);
        }

        var open = due.Where(merchant => !merchant.IsDisabled && !merchant.IsHeld).ToList();
        var released = open.Count == 0 ? [] : await LeaseAsync(db, open, limits, cancellationToken);
        var probes = open.Where(merchant => merchant.IsProbed).Select(merchant => merchant.MerchantId).ToHashSet();
        if (probes.Count > 0)
        {
            // Nobody else is let through while the probe is on the road. A commit that has the endpoint in hand changes the hold itself,
            // and goes on to the merchant, which is locked here: to wait for it would be to wait for each other.
            Guid[] probed = [.. released.Select(webhook => webhook.MerchantId).Where(probes.Contains)];
            await db.Database.ExecuteSqlAsync(
                $"""
                update webhook_endpoints set held_until = now() + {limits.ProbeTime}
                where merchant_id in (select merchant_id from webhook_endpoints where merchant_id = any({probed}) for update skip locked)
                """,
                cancellationToken);
        }

        await SetNextLookAsync(db, due, limits, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (
            [
                .. released.OrderBy(webhook => webhook.DueAt)
                    .Select(webhook => webhook with { IsProbe = probes.Contains(webhook.MerchantId) }),
            ],
            due.Count == limits.Merchants);
    }

    // A commit that has one of them in hand ends it. To wait for that commit could be to wait for each other, since neither knows in which
    // order the other takes them. Each lease is looked up by its key: the planner, who counts on one lease of a release, would compare each
    // of them with each that was sent.
    private async Task SetLeasesAsync(
        Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, bool isSent, TimeSpan lease, CancellationToken cancellationToken)
    {
        var (deliveries, merchants) = Columns(keys);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            update waiting_leases l set leased_until = case when {isSent} then now() + {lease} else {WaitingLease.NotSent} end
            from (
                select known.delivery_id, known.merchant_id
                from unnest({deliveries}, {merchants}) as sent (delivery_id, merchant_id) cross join lateral (
                    select * from waiting_leases one
                    where one.delivery_id = sent.delivery_id and one.merchant_id = sent.merchant_id and one.release_id = {releaseId}
                    limit 1 for update skip locked) as known) as k
            where l.delivery_id = k.delivery_id and l.merchant_id = k.merchant_id
            """,
            cancellationToken);
    }

    private static Task<List<DueMerchant>> LockMerchantsAsync(GatewayDbContext db, int limit, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<DueMerchant>(
            $"""
            with m as materialized (
                select merchant_id, rank, next_at from waiting_merchants
                where next_at <= now()
                order by rank + extract(epoch from now() - next_at) / {ReleaseLimits.OverdueForOneRank.TotalSeconds} desc
                limit {limit} for update skip locked)
            select m.merchant_id,
                coalesce(e.disabled_at is not null and e.disabled_url = g.webhook_url, false) as is_disabled,
                coalesce(e.held_until > now() and e.held_url = g.webhook_url, false) as is_held,
                coalesce(e.held_until <= now() and e.hold_reason = {HoldReason.CircuitOpen} and e.held_url = g.webhook_url, false)
                    as is_probed,
                e.held_until
            from m left join webhook_endpoints e on e.merchant_id = m.merchant_id left join merchants g on g.id = m.merchant_id
            order by m.rank + extract(epoch from now() - m.next_at) / {ReleaseLimits.OverdueForOneRank.TotalSeconds} desc
            """).ToListAsync(cancellationToken);

    // What lies in a queue that is paused takes no room from what goes to the other one.
    private static Task<List<ReleasedWebhook>> LeaseAsync(
        GatewayDbContext db, IReadOnlyList<DueMerchant> open, ReleaseLimits limits, CancellationToken cancellationToken)
    {
        var releaseId = Guid.CreateVersion7();
        Guid[] merchants = [.. open.Select(merchant => merchant.MerchantId)];
        int[] rooms = [.. open.Select(merchant => RoomOf(merchant, limits))];
        return db.Database.SqlQuery<ReleasedWebhook>(
            $"""
            with leased as (
                insert into waiting_leases (delivery_id, merchant_id, release_id, leased_until, releases)
                select w.delivery_id, w.merchant_id, {releaseId}, now() + {limits.SendingTime}, 1
                from unnest({merchants}, {rooms}) as m (merchant_id, room) cross join lateral (
                    select * from waiting_webhooks due
                    where (due.merchant_id, due.due_at) between (m.merchant_id, '-infinity'::timestamptz) and (m.merchant_id, now())
                        and due.unreadable_reason is null
                        and ({limits.FirstAttempts} or due.attempt > 1) and ({limits.Retries} or due.attempt = 1)
                        and not exists (
                            select from waiting_leases l where l.delivery_id = due.delivery_id and l.merchant_id = due.merchant_id)
                    order by due.merchant_id, due.due_at
                    limit greatest(0, m.room - (
                        select count(*) from waiting_leases l where l.merchant_id = m.merchant_id
                            and (({limits.FirstAttempts} and {limits.Retries}) or exists (
                                select from waiting_webhooks o where o.delivery_id = l.delivery_id and o.merchant_id = l.merchant_id
                                    and ({limits.FirstAttempts} or o.attempt > 1) and ({limits.Retries} or o.attempt = 1)))))) w
                on conflict do nothing
                returning *)
            select w.delivery_id, w.merchant_id, leased.release_id, leased.releases, w.due_at, w.attempt,
                octet_length(w.message) as message_bytes, false as is_probe
            from leased join waiting_webhooks w on w.delivery_id = leased.delivery_id and w.merchant_id = leased.merchant_id
            """).ToListAsync(cancellationToken);
    }

    private static async Task SetNextLookAsync(
        GatewayDbContext db, IReadOnlyList<DueMerchant> due, ReleaseLimits limits, CancellationToken cancellationToken)
    {
        Guid[] merchants = [.. due.Select(merchant => merchant.MerchantId)];
        int[] rooms = [.. due.Select(merchant => RoomOf(merchant, limits))];
        DateTime?[] closedUntil =
        [
            .. due.Select(merchant =>
                merchant.IsHeld ? DateTime.SpecifyKind(merchant.HeldUntil!.Value, DateTimeKind.Utc) : (DateTime?)null),
        ];
        bool[] disabled = [.. due.Select(merchant => merchant.IsDisabled)];
        await db.Database.ExecuteSqlAsync(
            $"""
            update waiting_merchants known set next_at = case
                when look.is_disabled then now() + {ClosedPause}
                when look.closed_until is not null then least(look.closed_until, now() + {ClosedPause})
                when (
                    select count(*) from waiting_leases l where l.merchant_id = look.merchant_id
                        and (({limits.FirstAttempts} and {limits.Retries}) or exists (
                            select from waiting_webhooks o where o.delivery_id = l.delivery_id and o.merchant_id = l.merchant_id
                                and ({limits.FirstAttempts} or o.attempt > 1) and ({limits.Retries} or o.attempt = 1)))) >= look.room
                    then now() + {FullRoadPause}
                else coalesce((
                    select case when w.due_at <= now() then now() + {PassedOverPause} else w.due_at end from waiting_webhooks w
                    where (w.merchant_id, w.due_at) between (look.merchant_id, '-infinity'::timestamptz) and (look.merchant_id, 'infinity')
                        and w.unreadable_reason is null
                        and not exists (select from waiting_leases l where l.delivery_id = w.delivery_id and l.merchant_id = w.merchant_id)
                    order by w.merchant_id, w.due_at limit 1), 'infinity') end
            from unnest({merchants}, {rooms}, {closedUntil}, {disabled}) as look (merchant_id, room, closed_until, is_disabled)
            where known.merchant_id = look.merchant_id
            """,
            cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            delete from waiting_merchants m where m.merchant_id = any({merchants}) and m.next_at = 'infinity'
                and not exists (select from waiting_webhooks w where w.merchant_id = m.merchant_id)
            """,
            cancellationToken);
    }

    private static int RoomOf(DueMerchant merchant, ReleaseLimits limits) => merchant.IsProbed ? 1 : limits.PerMerchant;

    private static (Guid[] Deliveries, Guid[] Merchants) Columns(IReadOnlyCollection<DeliveryKey> keys) =>
        ([.. keys.Select(key => key.DeliveryId)], [.. keys.Select(key => key.MerchantId)]);

    private sealed record DueMerchant(Guid MerchantId, bool IsDisabled, bool IsHeld, bool IsProbed, DateTime? HeldUntil);
}
