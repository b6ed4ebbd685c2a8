using System.Collections.Concurrent;
using Gateway.Persistence.Webhooks;
using Gateway.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
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
}
