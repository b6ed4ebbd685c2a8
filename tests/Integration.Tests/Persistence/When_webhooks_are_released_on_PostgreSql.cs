using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Testing;
using Gateway.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_webhooks_are_released_on_PostgreSql(PostgresTestDatabase database) : When_webhooks_are_released(database), IClassFixture<PostgresTestDatabase>
{
    [Fact]
    public async Task Should_give_each_entry_to_one_of_three_workers()
    {
        var merchants = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AddMerchantAsync()));
        await LetWaitAsync([.. merchants.SelectMany(merchant => Enumerable.Range(0, 30).Select(i => Rows.Waiting(merchant, Past.AddSeconds(i))))]);
        var (taken, left) = (new ConcurrentBag<DeliveryKey>(), 600);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while (Volatile.Read(ref left) > 0)
            {
                var released = await Room.TakeAsync(Limits(perMerchant: 7) with { Merchants = 5 }, Cancellation);
                Interlocked.Add(ref left, -released.Count);
                foreach (var webhook in released)
                {
                    taken.Add(webhook.Key);
                    await DeliverAsync(webhook);
                }
            }
        }));

        Assert.Equal(600, taken.Distinct().Count());
        Assert.Equal(600, taken.Count);
    }

    [Fact]
    public async Task Should_not_wait_for_a_commit_that_ends_a_lease()
    {
        var merchant = await AddMerchantAsync();
        await LetWaitAsync(Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Past));
        var released = await Room.TakeAsync(Limits(), Cancellation);
        await using var db = Database.CreateContext();
        await using var commit = await db.Database.BeginTransactionAsync(Cancellation);
        await db.WaitingLeases.Where(lease => lease.DeliveryId == released[0].DeliveryId).ExecuteDeleteAsync(Cancellation);

        // Both have several leases in hand, and neither knows in which order the other takes them.
        await Room.SentAsync(released[0].ReleaseId, [.. released.Select(webhook => webhook.Key)], TimeSpan.FromHours(2), Cancellation)
            .WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancellation);
        await commit.CommitAsync(Cancellation);

        var left = await db.WaitingLeases.Where(lease => lease.MerchantId == merchant).ToListAsync(Cancellation);
        Assert.Equal(2, released.Count);
        Assert.Equal(released[1].DeliveryId, Assert.Single(left).DeliveryId);
        Assert.True(left[0].LeasedUntil > TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1));
    }

    [Fact]
    public async Task Should_not_wait_for_a_commit_that_changes_the_endpoint_of_a_probe()
    {
        var merchant = await AddMerchantAsync(merchant => Held(merchant, Past));
        await LetWaitAsync(Rows.Waiting(merchant, Past), Rows.Waiting(merchant, Past));
        await using var db = Database.CreateContext();
        await using var commit = await db.Database.BeginTransactionAsync(Cancellation);
        await db.WebhookEndpoints.Where(e => e.MerchantId == merchant).ExecuteUpdateAsync(set => set.SetProperty(e => e.FailedProbes, 4), Cancellation);

        // The commit goes on to the merchant, which the look has locked: neither may wait for the other.
        var released = await Room.TakeAsync(Limits(), Cancellation).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancellation);
        await LookNowAsync();
        var second = await Room.TakeAsync(Limits(), Cancellation);

        Assert.True(Assert.Single(released).IsProbe);
        Assert.Empty(second);
    }

    [Theory]
    // As after 100,000 have just come, and as at other times.
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_read_no_more_of_a_merchant_than_it_takes(bool isAnalyzed)
    {
        var (large, other) = (await AddMerchantAsync(), await AddMerchantAsync());
        WaitingWebhook[] due = [Rows.Waiting(large, Past), Rows.Waiting(large, Past), Rows.Waiting(large, Past)];
        await LetWaitAsync([.. due, .. Enumerable.Range(0, 20).Select(_ => Rows.Waiting(other, Past))]);
        await using var db = Database.CreateContext();
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into waiting_webhooks (
                delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event, message)
            select gen_random_uuid(), {large}, now() + interval '1 hour', now(), now(), 2, 0, 0, 0, false, 'payment.completed', ''
            from generate_series(1, 20000)
            """,
            Cancellation);
        if (isAnalyzed)
        {
            await db.Database.ExecuteSqlRawAsync("analyze waiting_webhooks, waiting_leases, waiting_merchants", Cancellation);
        }

        var before = await ReadRowsAsync();
        var released = await Room.TakeAsync(Limits(), Cancellation);
        var read = await ReadRowsAsync() - before;

        Assert.Equal(23, released.Count);
        Assert.InRange(read, released.Count, 10 * released.Count);
    }

    // A session tells the others what it has read when it ends.
    private async Task<int> ReadRowsAsync()
    {
        await Eventually.Read(
            () => CountAsync("count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"),
            sessions => sessions == 0,
            "The other sessions have ended");
        Database.Get<NpgsqlDataSource>().Clear();
        return await CountAsync("idx_tup_fetch + seq_tup_read from pg_stat_user_tables where relname = 'waiting_webhooks'");
    }

    private async Task<int> CountAsync(string what) =>
        int.Parse(Assert.Single(await ((PostgresTestDatabase)Database).Database.QueryAsync($"select {what}")), CultureInfo.InvariantCulture);
}
