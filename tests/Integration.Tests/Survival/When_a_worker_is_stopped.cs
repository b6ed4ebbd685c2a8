using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_worker_is_stopped(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_finish_what_is_in_flight_and_leave_the_rest_to_the_next()
    {
        const int Deliveries = 1_000;
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Merchant.HoldAfter(300);
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Held.WaitUntilAsync(gateway.Concurrency, Cancellation);

        await worker.SignalAsync();
        await worker.WaitUntilStoppingAsync();
        gateway.Merchant.Release();

        Assert.Equal(0, await worker.WaitUntilEndedAsync());
        var posted = gateway.Merchant.Posts.Keys.ToArray();
        Assert.Equal(posted.Order(), (await gateway.ReadRunsAsync()).Select(run => run.JobId).Order());

        await gateway.StartWorkerAsync();
        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(Deliveries, gateway.Merchant.Received.Value);
        Assert.Equal(Deliveries, gateway.Merchant.Posts.Count);
        Assert.Equal(Deliveries, runs.Count(run => run is { State: JobState.Succeeded, Attempt: 1 }));
        Assert.Equal(Deliveries, runs.Count);
    }

    [Fact]
    public async Task Should_do_nothing_twice_when_everything_is_moving()
    {
        const int Deliveries = 1_000;
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(300, Cancellation);

        Assert.Equal(0, await worker.StopAsync());

        await gateway.StartWorkerAsync();
        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(Deliveries, gateway.Merchant.Received.Value);
        Assert.Equal(Deliveries, gateway.Merchant.Posts.Count);
        Assert.Equal(Deliveries, runs.Count);
    }
}
