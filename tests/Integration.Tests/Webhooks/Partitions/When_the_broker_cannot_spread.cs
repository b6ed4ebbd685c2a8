using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Partitions;

public sealed class When_the_broker_cannot_spread(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A broker without the plug-in closes the whole connection over it; the worker's others are none of that.</summary>
    [Fact]
    public async Task Should_say_what_is_missing_deliver_through_one_queue_and_spread_while_it_is_there()
    {
        var rabbitMq = own.Servers.RabbitMq;
        await rabbitMq.UsePluginsAsync(["rabbitmq_management"], Cancellation);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        gateway.Settings["WEBHOOK_PARTITIONS"] = "2";

        var worker = await gateway.StartWorkerAsync();
        await worker.WaitUntilLoggedAsync("'rabbitmq-plugins enable rabbitmq_random_exchange'");
        var ids = await gateway.Publisher.PublishAsync(50, Cancellation);
        await gateway.WaitUntilEndedAsync(ids.Count);

        await rabbitMq.UsePluginsAsync(["rabbitmq_management", "rabbitmq_random_exchange"], Cancellation);
        await worker.WaitUntilLoggedAsync("Queue webhooks is spread over 2 partitions now");
        ids = [.. ids, .. await gateway.Publisher.PublishAsync(50, Cancellation)];
        await gateway.WaitUntilEndedAsync(ids.Count);

        // An exchange whose type nobody knows any more would refuse all that is published to those that lead to it.
        await rabbitMq.UsePluginsAsync(["rabbitmq_management"], Cancellation);
        ids = [.. ids, .. await Eventually.Read(() => TryPublishAsync(gateway), some => some.Count > 0, "it can be published again")];
        await gateway.WaitUntilEndedAsync(ids.Count);
        Assert.Equal(ids.Order(), gateway.Merchant.Posts.Keys.Order());
    }

    private static async Task<IReadOnlyList<Guid>> TryPublishAsync(Deployment gateway)
    {
        var id = Guid.CreateVersion7();
        return await gateway.Publisher.TryPublishAsync(id, Cancellation) ? [id] : [];
    }
}
