using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_failure_is_announced_twice(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_retry_once()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = "webhook_attempts" };
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)));
        var id = Guid.CreateVersion7();

        await AnnounceAsync(gateway, id, Guid.CreateVersion7());
        await AnnounceAsync(gateway, id, Guid.CreateVersion7());

        // The two may meet in Redis: the one that comes second is tried again after a moment, in which the retry may come to its end.
        await rabbitMq.Acknowledged.ReachesAsync(2, Cancellation);
        await gateway.HasEndedAsync(1);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(1, gateway.Merchant.Posts[id]);
        Assert.Equal([new RecordedRun(id, 2, JobState.Succeeded, null)], await gateway.ReadRunsAsync());
    }

    /// <summary>The same message coming again may mean that its consequence was not sent, so the retry is sent again; the merchant gets it once.</summary>
    [Fact]
    public async Task Should_post_once_when_it_is_the_same_message()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await gateway.StartWorkerAsync();
        var id = Guid.CreateVersion7();
        var messageId = Guid.CreateVersion7();

        await AnnounceAsync(gateway, id, messageId);
        await AnnounceAsync(gateway, id, messageId);

        await gateway.HasRowsAsync(2);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(1, gateway.Merchant.Posts[id]);
        Assert.Equal(
            [new RecordedRun(id, 2, JobState.Succeeded, null), new RecordedRun(id, 2, JobState.Succeeded, "already_delivered")],
            await gateway.ReadRunsAsync());
    }

    private static Task AnnounceAsync(Deployment gateway, Guid id, Guid messageId)
    {
        var failed = new JsonObject
        {
            ["delivery_id"] = id,
            ["delivery"] = gateway.Publisher.MessageOf(id),
            ["attempt"] = 1,
            ["reason"] = "status",
            ["status_code"] = 500,
            ["failed_at"] = TimeProvider.System.GetUtcNow(),
        };
        return gateway.Publisher.PublishAsync("WebhookAttemptFailed", failed, messageId, Cancellation);
    }
}
