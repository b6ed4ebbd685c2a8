using Gateway.Persistence.Bulk;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>What operators and wallets leave behind does not grow for ever, the same on every database. (docs/faults.md: B6)</summary>
public abstract class When_history_is_removed(TestDatabase database)
{
    private static readonly DateTime Now = Rows.Noon;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HistoryRetention Retention => database.Get<HistoryRetention>();

    [Fact]
    public async Task Should_remove_old_actions_and_more_than_one_batch_of_them()
    {
        var recent = Action(daysAgo: 364);
        await database.AddAsync([recent, .. Enumerable.Range(0, HistoryRetention.BatchSize + 1).Select(_ => Action(daysAgo: 366))]);

        await RemoveAsync();

        await using var db = database.CreateContext();
        Assert.Equal([recent.ActionId], await db.OperatorActions.Select(action => action.ActionId).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Should_remove_bulk_jobs_that_ended_long_ago_and_none_that_is_running()
    {
        var (running, recent) = (Job(BulkState.Running, daysAgo: 500), Job(BulkState.Done, daysAgo: 364));
        await database.AddAsync(running, recent, Job(BulkState.Done, daysAgo: 366), Job(BulkState.Stopped, daysAgo: 366));

        await RemoveAsync();

        await using var db = database.CreateContext();
        Assert.Equal(
            new[] { running.BulkJobId, recent.BulkJobId }.Order(),
            (await db.BulkJobs.Select(job => job.BulkJobId).ToListAsync(Cancellation)).Order());
    }

    [Fact]
    public async Task Should_keep_of_each_wallet_the_last_snapshot_and_those_of_which_operators_were_told()
    {
        var idle = new[] { Snapshot("idle", 500), Snapshot("idle", 400) };
        var busy = new[]
        {
            Snapshot("busy", 500), Snapshot("busy", 450, isTold: true), Snapshot("busy", 400), Snapshot("busy", 364), Snapshot("busy", 1),
        };
        await database.AddAsync([.. idle, .. busy]);

        await RemoveAsync();

        await using var db = database.CreateContext();
        Assert.Equal(
            new[] { idle[1].Id, busy[1].Id, busy[3].Id, busy[4].Id }.Order(),
            (await db.WalletBalanceSnapshots.Select(snapshot => snapshot.Id).ToListAsync(Cancellation)).Order());
    }

    private Task<long> RemoveAsync() => Retention.RemoveAsync(Now.AddDays(-365), TimeSpan.Zero, TimeProvider.System, Cancellation);

    private static OperatorAction Action(int daysAgo) => new()
    {
        ActionId = Guid.CreateVersion7(),
        At = Now.AddDays(-daysAgo),
        Operator = "somebody",
        Action = "POST /api/queues/{queue}/pause",
        Target = "/api/queues/webhooks/pause",
    };

    private static BulkJob Job(BulkState state, int daysAgo) => new()
    {
        BulkJobId = Guid.CreateVersion7(),
        Kind = BulkKind.Recover,
        MerchantId = "m",
        From = Now.AddDays(-daysAgo - 1),
        To = Now.AddDays(-daysAgo),
        IncludesDead = true,
        IncludesSkipped = true,
        RatePerSecond = 1,
        NextAt = Now,
        Total = 1,
        State = state,
        CreatedBy = "somebody",
        CreatedAt = Now.AddDays(-daysAgo),
        UpdatedAt = Now.AddDays(-daysAgo),
    };

    private static WalletBalanceSnapshot Snapshot(string wallet, int daysAgo, bool isTold = false) => new()
    {
        Chain = "solana",
        Network = "mainnet",
        WalletAddress = wallet,
        NativeBalance = 1,
        NativeCurrency = "SOL",
        UsdtBalance = 1,
        UsdcBalance = 1,
        TotalUsdValue = 2,
        AlertSent = isTold,
        SnapshotAt = Now.AddDays(-daysAgo),
        CreatedAt = Now.AddDays(-daysAgo),
    };
}
