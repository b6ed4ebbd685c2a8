using Gateway.Persistence.JobLog;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>Three workers share a backlog of fifty merchants, one of whom does not answer, and one of the workers is killed.</summary>
public sealed class When_three_workers_empty_the_waiting_room(TestServers servers)
{
    private const int Workers = 3;
    private const int AtOnce = 8;
    private const int QuickMerchants = 49;
    private const int Each = 60;
    private const int OfSlow = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_have_no_more_of_a_merchant_on_the_road_than_its_attempts_at_once_and_keep_the_others_going()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var slow = await CountingMerchant.StartAsync(Cancellation);
        slow.HoldAfter(0);
        gateway.Settings["WEBHOOK_MERCHANT_CONCURRENCY"] = $"{AtOnce}";
        gateway.Settings["WEBHOOK_TIMEOUT"] = "10m";
        // Half of the slots are more than can be on the road: nobody is put aside for want of one, which would cost him his place.
        gateway.Settings["WORKER_CONCURRENCY"] = $"{2 * (QuickMerchants + 1) * AtOnce * Workers}";
        var quick = await gateway.AddMerchantsAsync(QuickMerchants);
        var slowOne = Assert.Single(await gateway.AddMerchantsAsync(1, slow));
        var workers = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => gateway.StartWorkerAsync()));
        await gateway.WaitUntilWorkersKnowEachOtherAsync();

        var ofSlow = (await gateway.LetRetriesWaitAsync([slowOne], OfSlow))[slowOne];
        var ofQuick = await gateway.LetRetriesWaitAsync(quick, Each);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var most = WatchLeasesAsync(gateway, slowOne, watching.Token);
        await gateway.Merchant.Received.WaitUntilAsync(QuickMerchants * Each / 3, Cancellation);
        await workers[0].KillAsync();

        // All of the others while the slow one has answered nothing.
        await gateway.WaitUntilWaitingAsync(OfSlow);
        Assert.InRange(slow.Received.Value, AtOnce, Workers * AtOnce * 2);
        slow.Release();
        var runs = await gateway.WaitUntilEndedAsync(OfSlow + (QuickMerchants * Each));
        await gateway.WaitUntilWaitingAsync(0);
        await gateway.WaitUntilLeasesAsync(0);
        await watching.CancelAsync();

        Assert.Equal(Workers * AtOnce, await most);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(OfSlow, slow.Posts.Count);
        Assert.Equal(QuickMerchants * Each, gateway.Merchant.Posts.Count);
        Assert.InRange(slow.PostedAgain + gateway.Merchant.PostedAgain, 0, gateway.Concurrency);
        Assert.Equal((OfSlow + (QuickMerchants * Each)) * 2, runs.Count);
        Assert.All(runs, run => Assert.Equal(run.Attempt == 1 ? JobState.Retrying : JobState.Succeeded, run.State));
        Assert.All([.. ofQuick.Values, ofSlow], of => AssertOldestFirst(of, runs));
    }

    // What is due earlier was sent earlier; only as many as are on the road at once may pass each other.
    private static void AssertOldestFirst(IReadOnlyList<Guid> byDueTime, IReadOnlyList<RecordedRun> runs)
    {
        var place = byDueTime.Select((id, index) => (id, index)).ToDictionary(pair => pair.id, pair => pair.index);
        var started = runs.Where(run => run.Attempt == 2 && place.ContainsKey(run.JobId)).Select(run => place[run.JobId]).ToArray();
        Assert.All(started, (due, index) => Assert.InRange(started.Skip(index).Count(later => later < due), 0, (Workers * AtOnce) - 1));
    }

    /// <returns>The most leases of the merchant that were seen at once.</returns>
    private static async Task<long> WatchLeasesAsync(Deployment gateway, Guid merchant, CancellationToken until)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        var most = 0L;
        while (!until.IsCancellationRequested)
        {
            most = Math.Max(most, await gateway.QueryAsync($"select count(*) from waiting_leases where merchant_id = '{merchant}'"));
            await pause.WaitForNextTickAsync(Cancellation);
        }

        return most;
    }
}
