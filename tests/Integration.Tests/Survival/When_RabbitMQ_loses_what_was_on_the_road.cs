using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>RabbitMQ comes back with nothing in it. What had left the waiting room is still in PostgreSQL.</summary>
public sealed class When_RabbitMQ_loses_what_was_on_the_road(TestServers servers)
{
    private const int Merchants = 100;
    private const int Each = 10;
    private const int Retries = Merchants * Each;

    // One of each merchant is delivered before, so that all of them are known to answer and may have every slot.
    private const int All = Merchants + Retries;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_send_all_of_it_again_after_its_lease_and_post_each_once()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await SendAllAsync(gateway);
        await worker.SignalAsync();
        // Until it takes no more, each answer makes room for another post.
        await gateway.WaitUntilNobodyConsumesAsync(QueueNames.WebhooksRetry);
        gateway.Merchant.Release();
        Assert.Equal(0, await worker.WaitUntilEndedAsync());
        // What was being posted is recorded; the rest is in RabbitMQ.
        Assert.InRange(await gateway.QueryAsync("select count(*) from waiting_leases"), Retries / 2, Retries - 1);

        await gateway.LoseRabbitMqAsync();
        var next = await gateway.StartWorkerAsync();

        await AssertEachOnceAsync(gateway, next, repeated: 0);
    }

    [Fact]
    public async Task Should_do_so_while_the_worker_runs_and_repeat_at_most_what_was_being_posted()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await SendAllAsync(gateway);

        await gateway.LoseRabbitMqAsync();
        gateway.Merchant.Release();

        await AssertEachOnceAsync(gateway, worker, repeated: gateway.Concurrency);
    }

    /// <returns>A worker that has sent all there is and delivered nothing.</returns>
    private static async Task<WorkerProcess> SendAllAsync(Deployment gateway)
    {
        gateway.Settings["WEBHOOK_LEASE"] = "5s";
        gateway.Settings["WEBHOOK_TIMEOUT"] = "10m";
        var merchants = await gateway.AddMerchantsAsync(Merchants);
        var worker = await gateway.StartWorkerAsync();
        await gateway.LetRetriesWaitAsync(merchants, 1);
        await gateway.WaitUntilEndedAsync(Merchants);
        await gateway.WaitUntilLeasesAsync(0);
        gateway.Merchant.HoldAfter(0);
        await gateway.LetRetriesWaitAsync(merchants, Each);
        await gateway.WaitUntilLeasesAsync(Retries);
        await gateway.Merchant.Held.WaitUntilAsync(gateway.Concurrency, Cancellation);
        return worker;
    }

    private static async Task AssertEachOnceAsync(Deployment gateway, WorkerProcess worker, int repeated)
    {
        var runs = await gateway.WaitUntilEndedAsync(All);
        await worker.WaitUntilLoggedAsync("have not come back from the road");
        await gateway.WaitUntilWaitingAsync(0);
        await gateway.WaitUntilLeasesAsync(0);
        // Where the machine is slow, some were taken for lost that were not: a second message of such a one changes nothing.
        await gateway.WaitUntilEmptyAsync(QueueNames.WebhooksRetry);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(All, gateway.Merchant.Posts.Count);
        Assert.InRange(gateway.Merchant.PostedAgain, 0, repeated);
        Assert.Equal(2 * All, runs.Count);
        Assert.Equal(All, runs.Where(run => run is { Attempt: 2, State: JobState.Succeeded }).DistinctBy(run => run.JobId).Count());
    }
}
