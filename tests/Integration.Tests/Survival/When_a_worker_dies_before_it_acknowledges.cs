using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>An attempt was posted and recorded, and the broker hands its message out again.</summary>
public sealed class When_a_worker_dies_before_it_acknowledges(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_retry_once_what_was_recorded_and_not_acknowledged()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = await DieBeforeTheAcknowledgementAsync(gateway);

        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        var next = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        using var api = await gateway.OpenApiAsync(next);
        await Deployment.TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        Assert.Equal(1, gateway.Merchant.Received.Value);
        await Deployment.TellAsync(api, QueueNames.WebhooksRetry, "resume");

        await gateway.WaitUntilEndedAsync(1);
        await gateway.AssertRunsAsync(gateway.Merchant.Posts.Keys.Single(), posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    /// <summary>The register was emptied as well: the job log alone knows that the attempt was made.</summary>
    [Fact]
    public async Task Should_not_post_again_what_was_recorded_and_not_acknowledged_when_Redis_has_forgotten_it()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = await DieBeforeTheAcknowledgementAsync(gateway);
        await gateway.FlushRedisAsync();

        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        var next = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        using var api = await gateway.OpenApiAsync(next);
        await Deployment.TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        await Deployment.TellAsync(api, QueueNames.WebhooksRetry, "resume");

        await gateway.WaitUntilEndedAsync(1);
        await gateway.AssertRunsAsync(gateway.Merchant.Posts.Keys.Single(), posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    /// <summary>The broker hands the first attempt out again while its retry is on its way to the merchant: it is past.</summary>
    [Fact]
    public async Task Should_not_post_what_was_not_acknowledged_beside_its_retry()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = await DieBeforeTheAcknowledgementAsync(gateway);

        gateway.Merchant.HoldAfter(0);
        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        var next = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        using var api = await gateway.OpenApiAsync(next);
        await Deployment.TellAsync(api, QueueNames.WebhooksRetry, "resume");
        await gateway.Merchant.Held.WaitUntilAsync(1, Cancellation);
        await Deployment.TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        gateway.Merchant.Release();

        await gateway.WaitUntilEndedAsync(1);
        await gateway.AssertRunsAsync(gateway.Merchant.Posts.Keys.Single(), posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_neither_post_nor_record_again_what_was_recorded_and_not_acknowledged()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldAcknowledgementOf("webhooks");
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));

        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await rabbitMq.KeptBack.WaitUntilAsync(1, Cancellation);
        Assert.Equal([new RecordedRun(id, 1, JobState.Succeeded, null)], await gateway.ReadRunsAsync());
        await worker.KillAsync();
        await gateway.WaitUntilMessagesAsync("webhooks", 1);

        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        await gateway.AssertRunsAsync(id, posts: 1, (1, JobState.Succeeded));
    }

    /// <summary>Kills a worker whose first attempt failed and whose retry waits, before it acknowledges. Both queues are paused then.</summary>
    private async Task<AmqpRelay> DieBeforeTheAcknowledgementAsync(Deployment gateway)
    {
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldAcknowledgementOf(QueueNames.Webhooks);
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));
        using var api = await gateway.OpenApiAsync(worker);
        await Deployment.TellAsync(api, QueueNames.WebhooksRetry, "pause");

        await gateway.Publisher.PublishAsync(1, Cancellation);
        await rabbitMq.KeptBack.WaitUntilAsync(1, Cancellation);
        await Deployment.TellAsync(api, QueueNames.Webhooks, "pause");
        await worker.KillAsync();
        await gateway.WaitUntilWaitingAsync(1);
        return rabbitMq;
    }

    private static string TextOf(int port) => port.ToString(CultureInfo.InvariantCulture);
}
