using System.Text.Json;
using Gateway.Contracts;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Servers;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

public sealed class When_no_worker_has_ever_started(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_what_is_sent_to_the_queue_and_lose_what_is_published()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(gateway.BrokerUri));
        await bus.StartAsync(Cancellation);
        var (published, sent) = (Webhook(gateway), Webhook(gateway));
        await bus.Publish(published, Cancellation);
        var queue = await bus.GetSendEndpoint(new Uri("queue:webhooks"));
        await queue.Send(sent, Cancellation);
        await bus.StopAsync(Cancellation);

        await gateway.StartWorkerAsync();

        await gateway.WaitUntilEndedAsync(1);
        Assert.Equal([sent.DeliveryId], gateway.Merchant.Posts.Keys);
    }

    private static DeliverWebhook Webhook(Deployment gateway) => new()
    {
        MerchantId = gateway.MerchantId.ToString(),
        Event = "payment.completed",
        Payload = JsonElement.Parse("""{"amount":"25.00"}"""),
    };
}
