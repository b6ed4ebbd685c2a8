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
/// An attempt is posted, recorded with what follows, and acknowledged. Here the worker is killed before it records; before it acknowledges in
/// <see cref="When_a_worker_dies_before_it_acknowledges"/>, and while a retry is leased, sent and posted in
/// <see cref="When_a_worker_dies_while_a_retry_is_on_the_road"/>. (docs/faults.md: A8, A17, D7)
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
        await gateway.AssertRunsAsync(id, posts: 1, (1, JobState.Succeeded));
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
        await Deployment.TellAsync(api, QueueNames.Webhooks, "resume");
        await gateway.WaitUntilWaitingAsync(1);
        Assert.Equal(1, await gateway.QueryAsync("select count(*) from waiting_webhooks where is_redelivered"));
        using var released = await api.PostAsJsonAsync("/api/waiting/release", new { all = true }, Cancellation);
        released.EnsureSuccessStatusCode();

        await gateway.WaitUntilEndedAsync(2);
        await gateway.AssertRunsAsync(id, posts: 1, (1, JobState.Succeeded));
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
            await gateway.AssertRunsAsync(id, posts: 2, (1, JobState.Succeeded));
            Assert.Single(gateway.Merchant.BodiesOf(id));
        }
    }

    private static string TextOf(int port) => port.ToString(CultureInfo.InvariantCulture);
}
