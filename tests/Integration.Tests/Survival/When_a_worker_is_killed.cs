using System.Diagnostics;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_worker_is_killed(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_lose_nothing_and_repeat_at_most_what_was_in_flight()
    {
        const int Deliveries = 2_000;
        await using var gateway = await Deployment.CreateAsync(servers);
        var first = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);

        // Once with everything moving, once with every slot in the middle of a post.
        await gateway.Merchant.Received.WaitUntilAsync(500, Cancellation);
        await first.KillAsync();
        gateway.Merchant.HoldAfter(500);
        var second = await gateway.StartWorkerAsync();
        await gateway.Merchant.Held.WaitUntilAsync(gateway.Concurrency, Cancellation);
        await second.KillAsync();
        gateway.Merchant.Release();
        var before = gateway.Merchant.Received.Value;
        var started = Stopwatch.StartNew();
        var starting = gateway.StartWorkerAsync();
        await gateway.Merchant.Received.WaitUntilAsync(before + 1, Cancellation);
        TestContext.Current.TestOutputHelper!.WriteLine($"Work resumed {started.ElapsedMilliseconds} ms after the start of the process.");
        await starting;
        TestContext.Current.TestOutputHelper!.WriteLine($"It was ready {started.ElapsedMilliseconds} ms after the start of the process.");

        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        Assert.Empty(await gateway.StopAndCountAsync());
        TestContext.Current.TestOutputHelper!.WriteLine($"{gateway.Merchant.PostedAgain} of {Deliveries} deliveries were posted again.");
        Assert.Equal(Deliveries, gateway.Merchant.Posts.Count);
        Assert.InRange(gateway.Merchant.PostedAgain, gateway.Concurrency, 2 * gateway.Concurrency);
        Assert.All(runs, run => Assert.Equal(JobState.Succeeded, run.State));
        Assert.Equal(Deliveries, runs.DistinctBy(run => run.JobId).Count());
        // What was posted again, because its worker was killed before Redis had the outcome, may have two rows.
        Assert.InRange(runs.Count, Deliveries, Deliveries + gateway.Merchant.PostedAgain);
    }
}
