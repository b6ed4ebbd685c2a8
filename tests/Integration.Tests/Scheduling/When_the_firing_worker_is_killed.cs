using Gateway.Contracts;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Xunit;

namespace Gateway.Integration.Tests.Scheduling;

public sealed class When_the_firing_worker_is_killed(TestServers servers)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Should_publish_every_tick_once()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["PAYMENT_EXPIRY_ENABLED"] = "true";
        gateway.Settings["PAYMENT_EXPIRY_CRON"] = "* * * * * *";
        await using var broker = await Broker.Connect(gateway.BrokerUri);
        var subscription = await broker.Subscribe<ExpirePayments>();
        var workers = await Task.WhenAll(gateway.StartWorkerAsync(), gateway.StartWorkerAsync(), gateway.StartWorkerAsync());
        var arrivals = new List<(DateTimeOffset Tick, Guid Id, DateTimeOffset At)>();
        await WaitUntilEnoughAsync(subscription, arrivals, ticks => ticks.Count >= 20);

        var last = arrivals[^1].Id.ToString();
        var firing = await Eventually.Catch(
            () => Task.FromResult(Array.Find(workers, worker => worker.Output.Contains(last, StringComparison.Ordinal))), worker => worker is not null, "the worker that fired");
        await firing!.KillAsync();
        var killedAt = TimeProvider.System.GetUtcNow();
        await WaitUntilEnoughAsync(subscription, arrivals, ticks => ticks[^1].Tick - ticks[0].Tick >= Minute);

        var ticks = arrivals.Select(a => a.Tick).Distinct().Order().ToArray();
        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.Equal(Second, pair.Second - pair.First));
        Assert.All(arrivals, a => Assert.Equal(JobId.OfTick(ExpirePaymentsJob.Definition, a.Tick), a.Id));
        // A tick that the broker got from the killed worker and the database did not hear of is published again, under its id.
        Assert.InRange(arrivals.Count - ticks.Length, 0, 1);

        var waits = arrivals.Zip(arrivals.Skip(1), (a, b) => (b.At, Wait: b.At - a.At)).Where(w => w.At > killedAt);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{ticks.Length} ticks, {arrivals.Count - ticks.Length} published again; the longest silence after the kill was {waits.Max(w => w.Wait).TotalSeconds:F1} s.");
        Assert.Equal(2, workers.Count(worker => !worker.HasExited));
    }

    private static async Task WaitUntilEnoughAsync(
        Subscription subscription, List<(DateTimeOffset Tick, Guid Id, DateTimeOffset At)> arrivals, Func<List<(DateTimeOffset Tick, Guid Id, DateTimeOffset At)>, bool> isEnough)
    {
        while (arrivals.Count == 0 || !isEnough(arrivals))
        {
            var message = await subscription.WaitUntilReceivedAsync();
            arrivals.Add((message.Enveloped.GetProperty("run_at").GetDateTimeOffset(), Guid.Parse(message.Properties.MessageId!), TimeProvider.System.GetUtcNow()));
        }
    }
}
