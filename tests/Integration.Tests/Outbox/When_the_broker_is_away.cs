using Gateway.Testing;
using Gateway.Testing.Messaging;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Outbox;

public sealed class When_the_broker_is_away(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_wait_for_a_broker_that_is_away_and_say_how_long()
    {
        await using var virtualHost = await own.Servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var database = await own.Servers.CreateMigratedDatabaseAsync(Cancellation);
        await using var worker = await OutboxWorker.StartAsync(virtualHost, database, When_messages_wait_in_the_outbox.TakesWebhooks);
        var webhook = When_messages_wait_in_the_outbox.Webhook();
        await using (await own.Servers.RabbitMq.StopAsync(Cancellation))
        {
            await worker.WriteAsync(webhook);

            var state = await worker.WaitUntilAsync(state => state.Waiting == 1, "the message waits");
            Assert.InRange(TimeProvider.System.GetUtcNow().UtcDateTime - state.OldestAt!.Value, TimeSpan.Zero, Eventually.Patience);
        }

        await worker.WaitUntilAsync(state => state.Waiting == 0, "it is published");
        await using var broker = await Broker.Connect(virtualHost.Uri);
        await broker.WaitUntilFoundAsync("kept_skipped", message => message.Properties.MessageId == webhook.MessageId.ToString());
    }
}
