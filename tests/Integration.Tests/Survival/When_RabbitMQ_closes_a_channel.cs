using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>RabbitMQ does so when a message was not acknowledged for half an hour, as when PostgreSQL is away for so long.</summary>
public sealed class When_RabbitMQ_closes_a_channel(OwnPostgres own) : IClassFixture<OwnPostgres>
{
    private const int Deliveries = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_go_on_and_post_nothing_twice()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await using var rabbitMq = new AmqpRelay(own.Servers.RabbitMq.Host, own.Servers.RabbitMq.Port) { WatchedQueue = "webhooks" };
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)));
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
            await gateway.Merchant.Received.WaitUntilAsync(1 + gateway.Concurrency, Cancellation);
            foreach (var id in gateway.Merchant.Posts.Keys)
            {
                await gateway.WaitUntilOutcomeIsKnownAsync(id);
            }

            // All slots wait for their record, and the others for a slot.
            for (var consumers = 1; consumers <= 3; consumers++)
            {
                await rabbitMq.BreakChannelOf(rabbitMq.WatchedQueue, Cancellation);
                await rabbitMq.Consumed.WaitUntilAsync(consumers + 1, Cancellation);
            }
        }

        var runs = await gateway.WaitUntilEndedAsync(1 + Deliveries);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(1 + Deliveries, gateway.Merchant.Posts.Count);
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(1, post.Value));
        Assert.All(runs, run => Assert.Equal((1, JobState.Succeeded), (run.Attempt, run.State)));
        Assert.Equal(1 + Deliveries, runs.Count);
    }
}
