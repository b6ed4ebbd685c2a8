using System.Globalization;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>Packets are swallowed, no connection is closed. Both sides find out by their heartbeat. (docs/faults.md: A23)</summary>
public sealed class When_the_link_to_RabbitMQ_is_half_open(TestServers servers)
{
    private const int Deliveries = 200;

    // With a heartbeat that nobody sets the client asks for one a minute, and the first delivery came after 107 to 110 s.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_connect_again_and_lose_nothing()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var relay = new TcpRelay(gateway.BrokerUri.Host, gateway.BrokerUri.Port);
        gateway.Settings["RABBITMQ_PORT"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        gateway.Settings["RABBITMQ_HEARTBEAT"] = "2s";
        await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(Deliveries, Cancellation);

        var recovery = Recovery.Begin("the link broke");
        await relay.FreezeAsync();
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.WaitUntilEndedAsync(2 * Deliveries);
        recovery.IsOver(Bound);

        Assert.Empty(await gateway.StopAndCountAsync());
        // What was posted when the link broke may be in a record of its own and no other.
        Assert.InRange(gateway.Merchant.PostedAgain, 0, gateway.Concurrency);
    }
}
