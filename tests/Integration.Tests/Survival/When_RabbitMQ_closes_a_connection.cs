using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>An operator does so, or a node that leaves: nothing that was published and not confirmed by then is ever confirmed.</summary>
public sealed class When_RabbitMQ_closes_a_connection(TestServers servers)
{
    private const int Deliveries = 300;
    private const int Cuts = 12;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_go_on_with_what_had_failed()
    {
        await using var gateway = await CreateAsync();
        await gateway.StartWorkerAsync();
        var connections = await gateway.WaitUntilConnectedAsync();

        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(Deliveries / 3, Cancellation);
        await gateway.CloseConnectionsAsync(connections);

        await AllAreDeliveredAsync(gateway);
    }

    [Fact]
    public async Task Should_go_on_when_the_network_cuts_it()
    {
        await using var gateway = await CreateAsync();
        await using var rabbitMq = new TcpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)));

        for (var cut = 0; cut < 3; cut++)
        {
            await gateway.Publisher.PublishAsync(Deliveries / 3, Cancellation);
            await gateway.Merchant.Received.WaitUntilAsync(gateway.Merchant.Received.Value + 30, Cancellation);
            await rabbitMq.CutAsync();
        }

        await AllAreDeliveredAsync(gateway);
    }

    [Fact]
    public async Task Should_go_on_when_the_network_cuts_it_again_and_again_as_it_begins_to_consume()
    {
        await using var gateway = await CreateAsync();
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.Webhooks };
        await gateway.StartWorkerAsync(("RABBITMQ_PORT", rabbitMq.Port.ToString(CultureInfo.InvariantCulture)));
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);

        for (var cut = 0; cut < Cuts; cut++)
        {
            var begun = rabbitMq.Consumed.Value;
            await rabbitMq.CutAsync();
            await rabbitMq.Consumed.WaitUntilAsync(begun + 1, Cancellation);
        }

        await AllAreDeliveredAsync(gateway);
    }

    private async Task<Deployment> CreateAsync()
    {
        var gateway = await Deployment.CreateAsync(servers);
        gateway.Merchant.Answer = (_, post) => post == 1 ? 503 : 200;
        // So long the bus would wait for a message whose wait does not end with its channel.
        gateway.Settings["WORKER_STOP_TIMEOUT"] = "5m";
        return gateway;
    }

    private static async Task AllAreDeliveredAsync(Deployment gateway)
    {
        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        Assert.Equal(Deliveries, runs.Where(run => run.State == JobState.Succeeded).DistinctBy(run => run.JobId).Count());
        Assert.Empty(await gateway.StopAndCountAsync());
    }
}
