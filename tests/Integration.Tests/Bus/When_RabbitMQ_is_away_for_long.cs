using System.Globalization;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Hosting;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;
using IConsumingBusInstance = MassTransit.Transports.IBusInstance<Gateway.Worker.Bus.IConsumingBus>;

namespace Gateway.Integration.Tests.Bus;

/// <summary>The bus alone, so that nothing else asks for the broker.</summary>
public sealed class When_RabbitMQ_is_away_for_long(TestServers servers)
{
    // Asked for less often each time, it would be asked for about so often within as long as anybody waits here, by both buses together.
    private const int MostWithPauses = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_asked_for_as_often_as_at_first_and_be_consumed_again()
    {
        await using var virtualHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var rabbitMq = new TcpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port);
        using var host = NewHost(virtualHost, rabbitMq);
        await host.StartAsync(Cancellation);

        await rabbitMq.RefuseAsync();
        await rabbitMq.Refused.WaitUntilAsync(MostWithPauses + 10, Cancellation);
        Assert.NotEqual(BusHealthStatus.Healthy, HealthOf(host));
        rabbitMq.Accept();

        await Eventually.Read(
            () => Task.FromResult(HealthOf(host)), health => health == BusHealthStatus.Healthy, "a bus that consumes");
        await host.StopAsync(CancellationToken.None);
    }

    private static BusHealthStatus HealthOf(IHost host) =>
        host.Services.GetRequiredService<IConsumingBusInstance>().BusControl.CheckHealth().Status;

    private static IHost NewHost(VirtualHost virtualHost, TcpRelay rabbitMq)
    {
        var options = GatewayOptions.Read(WorkerEnvironment.For(virtualHost)
            .With(new Dictionary<string, string> { ["RABBITMQ_PORT"] = rabbitMq.Port.ToString(CultureInfo.InvariantCulture) })
            .ToConfiguration());
        var builder = BusHost.NewBuilder();
        builder.Services.AddGatewayBus(options.Bus, new BusFeature(
            bus => bus.AddDelayedSends("kept", [TimeSpan.FromSeconds(1)]),
            (bus, _) => bus.ReceiveEndpoint("asked-for", _ => { })));
        return builder.Build();
    }
}
