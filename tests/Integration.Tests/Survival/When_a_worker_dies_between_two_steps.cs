using System.Globalization;
using System.Net.Http.Json;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// An attempt is posted, recorded with what follows, and acknowledged; what waits is leased, sent and posted. The worker is killed between each
/// two of these steps.
/// </summary>
public sealed class When_a_worker_dies_between_two_steps(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_not_post_again_what_was_posted_and_not_recorded()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var postgres = new TcpRelay(servers.Postgres.Host, servers.Postgres.Port);
        var worker = await gateway.StartWorkerAsync(("DB_PORT", TextOf(postgres.Port)));
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);

        postgres.Hold();
        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.Merchant.Received.WaitUntilAsync(2, Cancellation);
        await gateway.WaitUntilOutcomeIsKnownAsync(id);
        await worker.KillAsync();
        Assert.DoesNotContain(await gateway.ReadRunsAsync(), run => run.JobId == id);

        await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(2);
        await AssertRunsAsync(gateway, id, posts: 1, (1, JobState.Succeeded));
    }

    /// <summary>That the broker hands it out for the second time is not forgotten while it waits.</summary>
    [Fact]
    public async Task Should_not_post_again_what_was_posted_and_is_put_aside_when_it_comes_again()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var postgres = new TcpRelay(servers.Postgres.Host, servers.Postgres.Port);
        var worker = await gateway.StartWorkerAsync(("DB_PORT", TextOf(postgres.Port)));
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);

        postgres.Hold();
        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.WaitUntilOutcomeIsKnownAsync(id);
        await worker.KillAsync();
        await gateway.ExecuteAsync(
            """
            insert into webhook_endpoints (merchant_id, held_until, held_since, hold_reason, held_url, failed_probes, failed_times, updated_at)
            select id, now() + interval '1 hour', now(), 'circuit_open', webhook_url, 0, 0, now() from merchants;
            insert into queue_pauses (queue, paused_by, paused_at) values ('webhooks', 'tests', now())
            """);

        var next = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(next);
        await Eventually.Read(
            () => api.GetStringAsync("/metrics", Cancellation),
            metrics => metrics.Split('\n').Any(line =>
                line.StartsWith("gateway_webhook_circuits{", StringComparison.Ordinal) && line.Contains("state=\"open\"", StringComparison.Ordinal)
                && line.EndsWith("} 1", StringComparison.Ordinal)),
            "the worker knows whom to leave alone");
        await TellAsync(api, QueueNames.Webhooks, "resume");
        await gateway.WaitUntilWaitingAsync(1);
        Assert.Equal(1, await gateway.QueryAsync("select count(*) from waiting_webhooks where is_redelivered"));
        using var released = await api.PostAsJsonAsync("/api/waiting/release", new { all = true }, Cancellation);
        released.EnsureSuccessStatusCode();

        await gateway.WaitUntilEndedAsync(2);
        await AssertRunsAsync(gateway, id, posts: 1, (1, JobState.Succeeded));
    }

    /// <summary>The merchant could not tell a repetition, nor from its time when it happened. Neither property is what most clients write without being asked.</summary>
    [Fact]
    public async Task Should_post_under_the_same_id_what_its_publisher_gave_none()
    {
        (string? MessageId, long? Timestamp)[] messages = [(null, null), ("order 17, no UUID", null), (null, 1_767_225_600)];
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await gateway.StartWorkerAsync();
        gateway.Merchant.KeepsBodies = true;
        gateway.Merchant.HoldAfter(0);
        foreach (var (messageId, timestamp) in messages)
        {
            await gateway.Publisher.PublishUnnamedAsync(messageId, timestamp, Cancellation);
        }

        await gateway.Merchant.Held.WaitUntilAsync(messages.Length, Cancellation);
        var ids = gateway.Merchant.Posts.Keys.ToArray();
        Assert.Equal(messages.Length, ids.Length);
        await worker.KillAsync();

        gateway.Merchant.Release();
        await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(messages.Length);

        Assert.Equal(ids.Order(), gateway.Merchant.Posts.Keys.Order());
        foreach (var id in ids)
        {
            await AssertRunsAsync(gateway, id, posts: 2, (1, JobState.Succeeded));
            Assert.Single(gateway.Merchant.BodiesOf(id));
        }
    }

    [Fact]
    public async Task Should_retry_once_what_was_recorded_and_not_acknowledged()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = await DieBeforeTheAcknowledgementAsync(gateway);

        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        var next = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        using var api = await gateway.OpenApiAsync(next);
        await TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        Assert.Equal(1, gateway.Merchant.Received.Value);
        await TellAsync(api, QueueNames.WebhooksRetry, "resume");

        await gateway.WaitUntilEndedAsync(1);
        await AssertRunsAsync(gateway, gateway.Merchant.Posts.Keys.Single(), posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
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
        await TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        await TellAsync(api, QueueNames.WebhooksRetry, "resume");

        await gateway.WaitUntilEndedAsync(1);
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
        await gateway.Merchant.Held.WaitUntilAsync(1, Cancellation);
        await TellAsync(api, QueueNames.Webhooks, "resume");
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        gateway.Merchant.Release();

        await gateway.WaitUntilEndedAsync(1);
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
        await rabbitMq.KeptBack.WaitUntilAsync(1, Cancellation);
        Assert.Equal([new RecordedRun(id, 1, JobState.Succeeded, null)], await gateway.ReadRunsAsync());
        await worker.KillAsync();
        await gateway.WaitUntilMessagesAsync("webhooks", 1);

        await using var watched = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(watched.Port)));
        await watched.Acknowledged.WaitUntilAsync(1, Cancellation);
        await AssertRunsAsync(gateway, id, posts: 1, (1, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_send_what_was_leased_and_not_sent()
    {
        await using var gateway = await CreateFailingOnceAsync();
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        // Nothing but what leaves the waiting room goes to a queue without an exchange of its own.
        rabbitMq.HoldPublishTo("");
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));

        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await rabbitMq.KeptBack.WaitUntilAsync(1, Cancellation);
        await gateway.WaitUntilLeasesAsync(1);
        await worker.KillAsync();

        await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(1);
        await AssertRunsAsync(gateway, id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_not_post_twice_what_was_sent_and_taken_for_lost()
    {
        await using var gateway = await CreateFailingOnceAsync();
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);
        gateway.Merchant.HoldAfter(1);
        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        // It is at the merchant for longer than its lease: a second message for the same attempt comes, and waits for the outcome of the first.
        await gateway.Merchant.Held.WaitUntilAsync(1, Cancellation);
        await worker.WaitUntilLoggedAsync("have not come back from the road");
        gateway.Merchant.Release();

        await gateway.WaitUntilEndedAsync(1);
        await gateway.WaitUntilWaitingAsync(0);
        await AssertRunsAsync(gateway, id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    [Fact]
    public async Task Should_not_post_again_a_retry_that_was_posted_and_not_recorded()
    {
        await using var gateway = await CreateFailingOnceAsync();
        await using var postgres = new TcpRelay(servers.Postgres.Host, servers.Postgres.Port);
        var worker = await gateway.StartWorkerAsync(("DB_PORT", TextOf(postgres.Port)));
        gateway.Merchant.HoldAfter(1);
        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.Merchant.Held.WaitUntilAsync(1, Cancellation);
        postgres.Hold();
        gateway.Merchant.Release();
        await gateway.Merchant.Received.WaitUntilAsync(2, Cancellation);
        await gateway.WaitUntilOutcomeIsKnownAsync(id, attempt: 2);
        await worker.KillAsync();

        await gateway.StartWorkerAsync();
        await gateway.WaitUntilEndedAsync(1);
        await AssertRunsAsync(gateway, id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    private async Task<Deployment> CreateFailingOnceAsync()
    {
        var gateway = await Deployment.CreateAsync(servers);
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        gateway.Settings["WEBHOOK_LEASE"] = "2s";
        return gateway;
    }

    /// <summary>Kills a worker whose first attempt failed and whose retry waits, before it acknowledges. Both queues are paused then.</summary>
    private async Task<AmqpRelay> DieBeforeTheAcknowledgementAsync(Deployment gateway)
    {
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        rabbitMq.HoldAcknowledgementOf(QueueNames.Webhooks);
        var worker = await gateway.StartWorkerAsync(("RABBITMQ_PORT", TextOf(rabbitMq.Port)));
        using var api = await gateway.OpenApiAsync(worker);
        await TellAsync(api, QueueNames.WebhooksRetry, "pause");

        await gateway.Publisher.PublishAsync(1, Cancellation);
        await rabbitMq.KeptBack.WaitUntilAsync(1, Cancellation);
        await TellAsync(api, QueueNames.Webhooks, "pause");
        await worker.KillAsync();
        await gateway.WaitUntilWaitingAsync(1);
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
