using System.Threading.Channels;
using Gateway.Testing.Servers;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

public sealed class When_a_consumer_sends_with_a_delay(TestServers servers) : IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private readonly Channel<ConsumeContext<Reminder>> _received = Channel.CreateUnbounded<ConsumeContext<Reminder>>();

    private DelayedSendsBus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _bus = await DelayedSendsBus.StartAsync(
            servers.RabbitMq.Uri,
            [Short],
            endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.Handler<Reminder>(async context =>
                {
                    if (context.Message.Text == "tea")
                    {
                        await context.ScheduleSend(Short, new Reminder { Text = "more tea" });
                    }

                    await _received.Writer.WriteAsync(context);
                });
            },
            Cancelled);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task Should_carry_on_the_conversation()
    {
        var queue = await _bus.Bus.GetSendEndpoint(_bus.Address);

        await queue.Send(new Reminder { Text = "tea" }, Cancelled);
        var first = await _received.Reader.ReadAsync(Cancelled);
        var second = await _received.Reader.ReadAsync(Cancelled);

        Assert.Equal("more tea", second.Message.Text);
        Assert.Equal(first.ConversationId, second.ConversationId);
        Assert.Equal(first.ReceiveContext.InputAddress, second.SourceAddress);
    }

    [Fact]
    public async Task Should_succeed_although_its_delay_queue_was_deleted()
    {
        await _bus.Channel.QueueDeclareAsync($"{_bus.Queue}_error", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancelled);
        var queue = await _bus.Bus.GetSendEndpoint(_bus.Address);
        await queue.Send(new Reminder { Text = "tea" }, Cancelled);
        await _received.Reader.ReadAsync(Cancelled);
        await _received.Reader.ReadAsync(Cancelled);
        await _bus.Channel.QueueDeleteAsync($"{_bus.Queue}.delay.200ms", ifUnused: false, ifEmpty: false, cancellationToken: Cancelled);

        await queue.Send(new Reminder { Text = "tea" }, Cancelled);
        await _received.Reader.ReadAsync(Cancelled);
        var afterwards = await _received.Reader.ReadAsync(Cancelled);

        Assert.Equal("more tea", afterwards.Message.Text);
        Assert.Equal(0u, await _bus.Channel.MessageCountAsync($"{_bus.Queue}_error", Cancelled));
    }
}
