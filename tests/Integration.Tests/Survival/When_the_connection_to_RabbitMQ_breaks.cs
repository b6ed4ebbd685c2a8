using System.Globalization;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What was published and not confirmed by then is never confirmed: whoever went on waiting for that would take no other message.</summary>
public sealed class When_the_connection_to_RabbitMQ_breaks(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Gateway.Contracts:WebhookAttemptFailed", true)]
    [InlineData("gateway.delay", true)]
    [InlineData("Gateway.Contracts:WebhookRecovered", true)]
    [InlineData("webhooks_error", false)]
    [InlineData("Gateway.Contracts:WebhookExhausted", false)]
    public async Task Should_publish_again_what_was_not_confirmed(string exchange, bool recovers)
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "500ms";
        // So long the bus waits for a message that does not let go when its channel is gone.
        gateway.Settings["WORKER_STOP_TIMEOUT"] = "5m";
        gateway.Merchant.Answer = (_, post) => recovers && post > 1 ? 200 : 503;
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)));
        var id = Guid.CreateVersion7();

        rabbitMq.HoldPublishTo(exchange);
        Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        await rabbitMq.KeptBack.ReachesAsync(1, Cancellation);
        rabbitMq.LetPass();
        await gateway.BreakConnectionsAsync();

        var runs = await gateway.HasEndedAsync(1);
        if (!recovers)
        {
            await gateway.HasMessagesAsync(QueueNames.ErrorsOf(QueueNames.Webhooks), 1);
        }

        // The saga hears of the next one, too.
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.HasEndedAsync(2);

        Assert.Equal(
            [(1, JobState.Retrying), (2, recovers ? JobState.Succeeded : JobState.Dead)],
            runs.OrderBy(run => run.Attempt).Select(run => (run.Attempt, run.State)));
        Assert.Equal(2, gateway.Merchant.Posts[id]);
        // A dead letter that was sent and not confirmed may be there twice.
        var left = await gateway.StopAndCountAsync();
        Assert.InRange(left.GetValueOrDefault(QueueNames.ErrorsOf(QueueNames.Webhooks)), recovers ? 0u : 2u, recovers ? 0u : 3u);
        Assert.DoesNotContain(left.Keys, queue => queue != QueueNames.ErrorsOf(QueueNames.Webhooks));
    }
}
