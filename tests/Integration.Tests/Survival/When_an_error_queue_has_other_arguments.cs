using System.Net;
using System.Text;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>Somebody has declared the error queue otherwise than the worker does. (docs/faults.md: A5)</summary>
public sealed class When_an_error_queue_has_other_arguments(TestServers servers)
{
    private const int Deliveries = 20_000;

    // The queue's channel was closed once a second for as long as the bad message was there, and nothing was recorded.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_let_the_bad_message_wait_there_deliver_the_others_once_and_name_the_remedy()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await DeclareAsync(gateway, QueueNames.ErrorsOf(QueueNames.Webhooks), new() { ["x-max-length"] = 1_000 });
        var worker = gateway.LaunchWorker();
        await worker.WaitUntilLoggedAsync("exists with other arguments");
        await Eventually.Read(
            () => gateway.Publisher.TryPublishAsync(Guid.CreateVersion7(), Cancellation), isSent => isSent, "A queue that takes webhooks");

        var recovery = Recovery.Begin("the bad message was published");
        await PublishAsync(gateway, """{"merchant_id":"nobody","event":"","payload":{}}""");
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(1 + Deliveries, Cancellation);
        await gateway.WaitUntilMessagesAsync(QueueNames.ErrorsOf(QueueNames.Webhooks), 1);
        await gateway.WaitUntilEndedAsync(1 + Deliveries + 1);
        recovery.IsOver(Bound);
        await worker.WaitUntilAsync(HttpStatusCode.OK);
        Assert.Contains("declared with other arguments", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        // Who restarts what does not come up would restart it for ever.
        await worker.ReadAsync("startup");
        await worker.StopAsync();

        Assert.Equal(1 + Deliveries, gateway.Merchant.Posts.Count);
        Assert.Equal(0, gateway.Merchant.PostedAgain);
        var told = Assert.Single(worker.Output.Split('\n'), line => line.Contains("exists with other arguments", StringComparison.Ordinal));
        Assert.Contains(QueueNames.ErrorsOf(QueueNames.Webhooks), told, StringComparison.Ordinal);
        Assert.Contains("x-max-length", told, StringComparison.Ordinal);
        Assert.Contains("delete it", told, StringComparison.Ordinal);
    }

    private static async Task DeclareAsync(Deployment gateway, string queue, Dictionary<string, object?> arguments)
    {
        await using var connection = await new ConnectionFactory { Uri = gateway.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancellation);
    }

    private static async Task PublishAsync(Deployment gateway, string message)
    {
        await using var connection = await new ConnectionFactory { Uri = gateway.BrokerUri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var properties = new BasicProperties { ContentType = "application/json" };
        await channel.BasicPublishAsync(
            "Gateway.Contracts:DeliverWebhook", "", mandatory: true, properties, Encoding.UTF8.GetBytes(message), Cancellation);
    }
}
