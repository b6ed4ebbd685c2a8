using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What waits is leased, sent and posted.</summary>
public sealed class When_a_worker_dies_while_a_retry_is_on_the_road(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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
        await gateway.AssertRunsAsync(id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
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
        await gateway.AssertRunsAsync(id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
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
        await gateway.AssertRunsAsync(id, posts: 2, (1, JobState.Retrying), (2, JobState.Succeeded));
    }

    private async Task<Deployment> CreateFailingOnceAsync()
    {
        var gateway = await Deployment.CreateAsync(servers);
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;
        gateway.Settings["WEBHOOK_LEASE"] = "2s";
        return gateway;
    }

    private static string TextOf(int port) => port.ToString(CultureInfo.InvariantCulture);
}
