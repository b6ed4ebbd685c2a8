using System.Globalization;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>An attempt is posted, recorded, announced if it failed, and acknowledged; the worker is killed between each two of these steps.</summary>
public sealed class When_a_worker_dies_between_two_steps(TestServers servers)
{
    private const string FailureExchange = "Gateway.Contracts:WebhookAttemptFailed";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_not_post_again_what_was_posted_and_not_recorded()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var postgres = new TcpRelay(servers.Postgres.Host, servers.Postgres.Port);
        var worker = await gateway.StartWorkerAsync(("DB_PORT", TextOf(postgres.Port)));
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.HasEndedAsync(1);

        postgres.Hold();
        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.Merchant.Received.ReachesAsync(2, Cancellation);
        await gateway.KnowsOutcomeAsync(id);
        await worker.KillAsync();
        Assert.DoesNotContain(await gateway.ReadRunsAsync(), run => run.JobId == id);

        await gateway.StartWorkerAsync();
        await gateway.HasEndedAsync(2);
        await AssertRunsAsync(gateway, id, posts: 1, (1, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_retry_what_was_recorded_and_not_announced()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldPublishTo(FailureExchange);
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));

        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await rabbitMq.KeptBack.ReachesAsync(1, Cancellation);
        Assert.Equal([new RecordedRun(id, 1, JobState.Retrying, "status")], await gateway.ReadRunsAsync());
        await worker.KillAsync();

        await gateway.StartWorkerAsync();
        await gateway.HasEndedAsync(1);
        await AssertRunsAsync(gateway, id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    /// <summary>The outcome is still in the register: it is announced again, which schedules nothing, and nobody is posted again.</summary>
    [Fact]
    public async Task Should_schedule_one_retry_for_what_was_announced_and_not_acknowledged()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = await DieBeforeTheAcknowledgementAsync(gateway);

        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.WebhookAttempts };
        var next = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        using var api = await gateway.OpenApiAsync(next);
        await TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.ReachesAsync(1, Cancellation);
        await TellAsync(api, QueueNames.WebhooksRetry, "resume");

        await gateway.HasEndedAsync(1);
        await AssertRunsAsync(gateway, gateway.Merchant.Posts.Keys.Single(), posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
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
        await TellAsync(api, QueueNames.WebhooksRetry, "resume");
        await gateway.Merchant.Held.ReachesAsync(1, Cancellation);
        await TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.ReachesAsync(1, Cancellation);
        gateway.Merchant.Release();

        await gateway.HasEndedAsync(1);
        await AssertRunsAsync(gateway, gateway.Merchant.Posts.Keys.Single(), posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_neither_post_nor_record_again_what_was_recorded_and_not_acknowledged()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldAcknowledgementOf("webhooks");
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));

        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await rabbitMq.KeptBack.ReachesAsync(1, Cancellation);
        Assert.Equal([new RecordedRun(id, 1, JobState.Succeeded, null)], await gateway.ReadRunsAsync());
        await worker.KillAsync();
        await gateway.HasMessagesAsync("webhooks", 1);

        var next = await gateway.StartWorkerAsync();
        await next.Delivered.ReachesAsync(1, Cancellation);
        await AssertRunsAsync(gateway, id, posts: 1, (1, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_send_the_retry_that_was_decided_and_not_sent()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldPublishTo("gateway.delay");
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));

        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await rabbitMq.KeptBack.ReachesAsync(1, Cancellation);
        await worker.KillAsync();

        await gateway.StartWorkerAsync();
        await gateway.HasEndedAsync(1);
        await AssertRunsAsync(gateway, id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    /// <summary>Kills a worker whose first attempt failed and whose retry waits in its queue, before it acknowledges. Both queues are paused then.</summary>
    private async Task<AmqpRelay> DieBeforeTheAcknowledgementAsync(Deployment gateway)
    {
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.WebhookAttempts };
        rabbitMq.HoldAcknowledgementOf(QueueNames.Webhooks);
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));
        using var api = await gateway.OpenApiAsync(worker);
        await TellAsync(api, QueueNames.WebhooksRetry, "pause");

        await gateway.Publisher.PublishAsync(1, Cancellation);
        await rabbitMq.KeptBack.ReachesAsync(1, Cancellation);
        // Killed before this, the worker would also leave the message that told of the attempt, whose retry is then sent again.
        await rabbitMq.Acknowledged.ReachesAsync(1, Cancellation);
        await TellAsync(api, QueueNames.Webhooks, "pause");
        await worker.KillAsync();
        await gateway.HasMessagesAsync(QueueNames.WebhooksRetry, 1);
        return rabbitMq;
    }

    private static async Task TellAsync(HttpClient api, string queue, string what)
    {
        using var answer = await api.PostAsync(new Uri($"/api/queues/{queue}/{what}", UriKind.Relative), null, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task AssertRunsAsync(Deployment gateway, Guid id, int posts, params (int Attempt, JobState State)[] expected)
    {
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(posts, gateway.Merchant.Posts[id]);
        Assert.Equal(expected, (await gateway.ReadRunsAsync()).Where(run => run.JobId == id).Select(run => (run.Attempt, run.State)));
    }

    private static string TextOf(int port) => port.ToString(CultureInfo.InvariantCulture);
}
