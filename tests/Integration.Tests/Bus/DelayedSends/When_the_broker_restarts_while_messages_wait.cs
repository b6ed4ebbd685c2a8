using System.Threading.Channels;
using Gateway.Testing.Servers;
using MassTransit;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

public sealed class When_the_broker_restarts_while_messages_wait(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>, IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    // Longer than the way from the send to the stop of the broker, which is all that it has to be.
    private static readonly TimeSpan AcrossTheRestart = TimeSpan.FromSeconds(10);

    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();

    private DelayedSendsBus _bus = null!;

    private Uri BrokerUri => own.Servers.RabbitMq.Uri;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _bus = await DelayedSendsBus.StartAsync(
            BrokerUri,
            [Short, AcrossTheRestart],
            endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.Handler<Reminder>(async context => await _received.Writer.WriteAsync(context.Message.Text));
            },
            Cancelled);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task Should_bring_each_exactly_once_and_take_new_ones()
    {
        await _bus.Scheduler.ScheduleSend(_bus.Address, AcrossTheRestart, new Reminder { Text = "before" }, Cancelled);

        await own.Servers.RabbitMq.RestartAsync(Cancelled);
        var first = await _received.Reader.ReadAsync(Cancelled);
        await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "after" }, Cancelled);
        var second = await _received.Reader.ReadAsync(Cancelled);
        await using var connection = await new ConnectionFactory { Uri = BrokerUri }.CreateConnectionAsync(Cancelled);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);

        Assert.Equal(["before", "after"], [first, second]);
        Assert.Equal(0u, await channel.MessageCountAsync($"{_bus.Queue}.delay.10s", Cancelled));
        Assert.False(_received.Reader.TryPeek(out _));
    }
}
