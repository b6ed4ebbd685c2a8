using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_two_workers_share_the_load(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_each_once_and_go_on_when_one_dies()
    {
        const int Shared = 2_000;
        const int Rest = 300;
        await using var gateway = await Deployment.CreateAsync(servers);
        var starting = (One: gateway.StartWorkerAsync(), Other: gateway.StartWorkerAsync());
        var (one, other) = (await starting.One, await starting.Other);

        await gateway.Publisher.PublishAsync(Shared, Cancellation);
        await gateway.WaitUntilEndedAsync(Shared);
        Assert.Equal(Shared, gateway.Merchant.Posts.Count);
        Assert.Equal(Shared, gateway.Merchant.Received.Value);
        Assert.InRange(one.Delivered.Value, 1, Shared - 1);
        Assert.InRange(other.Delivered.Value, 1, Shared - 1);

        gateway.Merchant.HoldAfter(0);
        await gateway.Publisher.PublishAsync(Rest, Cancellation);
        await gateway.Merchant.Held.WaitUntilAsync(2 * gateway.Concurrency, Cancellation);
        await one.KillAsync();
        gateway.Merchant.Release();

        var runs = await gateway.WaitUntilEndedAsync(Shared + Rest);
        Assert.Empty(await gateway.StopAndCountAsync());
        TestContext.Current.TestOutputHelper!.WriteLine($"{gateway.Merchant.PostedAgain} of {Rest} deliveries were posted again.");
        Assert.Equal(Shared + Rest, gateway.Merchant.Posts.Count);
        Assert.InRange(gateway.Merchant.PostedAgain, 0, gateway.Concurrency);
        Assert.Equal(Shared + Rest, runs.Count(run => run.State == JobState.Succeeded));
        Assert.Equal(Shared + Rest, runs.Count);
    }
}
