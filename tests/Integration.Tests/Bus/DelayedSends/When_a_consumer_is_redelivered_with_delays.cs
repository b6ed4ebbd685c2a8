using System.Threading.Channels;
using Gateway.Testing.Servers;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

public sealed class When_a_consumer_is_redelivered_with_delays(TestServers servers) : IAsyncLifetime
{
    private readonly Channel<(int RedeliveryCount, Guid? MessageId, Guid? ConversationId)> _attempts =
        Channel.CreateUnbounded<(int RedeliveryCount, Guid? MessageId, Guid? ConversationId)>();

    private DelayedSendsBus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _bus = await DelayedSendsBus.StartAsync(
            servers.RabbitMq.Uri,
            [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400)],
            endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.UseScheduledRedelivery(r => r.Intervals(200, 200, 400));
                endpoint.Handler<Reminder>(async context =>
                {
                    await _attempts.Writer.WriteAsync((context.GetRedeliveryCount(), context.MessageId, context.ConversationId));
                    throw new InvalidOperationException("Out of tea.");
                });
            },
            Cancelled);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task Should_count_the_attempts_and_then_give_up()
    {
        await _bus.Channel.QueueDeclareAsync($"{_bus.Queue}_error", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancelled);
        var queue = await _bus.Bus.GetSendEndpoint(_bus.Address);

        await queue.Send(new Reminder { Text = "tea" }, Cancelled);
        var error = await _bus.ReceiveAsync($"{_bus.Queue}_error", Cancelled);

        var attempts = await ReadAttempts(4);
        Assert.Equal([0, 1, 2, 3], attempts.Select(a => a.RedeliveryCount));
        Assert.Equal(4, attempts.Select(a => a.MessageId).Distinct().Count());
        Assert.Single(attempts.Select(a => a.ConversationId).Distinct());
        Assert.False(_attempts.Reader.TryPeek(out _));
        Assert.True(error.BasicProperties.Headers!.ContainsKey("MT-Fault-Message"));
    }

    private async Task<(int RedeliveryCount, Guid? MessageId, Guid? ConversationId)[]> ReadAttempts(int count)
    {
        var attempts = new (int, Guid?, Guid?)[count];
        for (var i = 0; i < count; i++)
        {
            attempts[i] = await _attempts.Reader.ReadAsync(Cancelled);
        }

        return attempts;
    }
}
