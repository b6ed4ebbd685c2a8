using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// In strict order a lighter queue's message waits as long as heavier ones come, and the broker's patience (consumer_timeout) ends.
/// (docs/faults.md: A14)
/// </summary>
public sealed class When_a_queue_gets_no_turn(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private const int Deliveries = 5_000;

    // The channel was closed each time the broker's patience ended, and the message came again for as long as there were heavier ones.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_start_its_message_before_the_broker_closes_the_channel()
    {
        await own.Servers.RabbitMq.LosePatienceAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await using var rabbitMq = new AmqpRelay(own.Servers.RabbitMq.Host, own.Servers.RabbitMq.Port) { WatchedQueue = "periodic" };
        // 16 at a time: the flood lasts for about twice the broker's patience.
        gateway.Merchant.Delay = TimeSpan.FromMilliseconds(100);
        await gateway.StartWorkerAsync(
            ("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)),
            ("QUEUE_ORDER", "strict"),
            ("QUEUE_LONGEST_WAIT", "4s"),
            ("WORKER_CONCURRENCY", "16"),
            ("WEBHOOK_MERCHANT_CONCURRENCY", "16"));
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(200, Cancellation);

        var job = Guid.CreateVersion7();
        var recovery = Recovery.Begin("the job was published");
        await gateway.Publisher.PublishAsync("ExpirePayments", new() { ["run_at"] = "2026-01-31T08:00:00Z" }, job, Cancellation);
        await Eventually.Read(gateway.ReadRunsAsync, runs => runs.Any(run => run.JobId == job), "the starved job has run");
        recovery.IsOver(Bound);
        var before = gateway.Merchant.Received.Value;

        await gateway.WaitUntilEndedAsync(Deliveries + 1);
        Assert.InRange(before, 20, Deliveries - 1);
        Assert.Equal(1, rabbitMq.Consumed.Value);
        Assert.Empty(await gateway.StopAndCountAsync());
        var run = Assert.Single(await gateway.ReadRunsAsync(), run => run.JobId == job);
        Assert.Equal((1, JobState.Succeeded), (run.Attempt, run.State));
        Assert.Equal(0, gateway.Merchant.PostedAgain);
    }
}
