using System.Text.Json;
using Gateway.Testing.Servers;
using MassTransit;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

public sealed class When_a_message_is_sent_with_a_delay(TestServers servers) : IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private DelayedSendsBus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _bus = await DelayedSendsBus.StartAsync(servers.RabbitMq.Uri, [Short, TimeSpan.FromHours(1)], endpoint: null, Cancelled);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task Should_not_arrive_before_its_time()
    {
        var scheduled = await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "tea" }, Cancelled);

        await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        Assert.True(TimeProvider.System.GetUtcNow().UtcDateTime >= scheduled.ScheduledTime);
    }

    [Fact]
    public async Task Should_arrive_as_if_it_had_been_sent_directly()
    {
        var messageId = Guid.CreateVersion7();
        await _bus.Scheduler.ScheduleSend(
            _bus.Address,
            Short,
            new Reminder { Text = "tea" },
            Pipe.Execute<SendContext>(send =>
            {
                send.MessageId = messageId;
                send.CorrelationId = messageId;
                send.TimeToLive = TimeSpan.FromMilliseconds(1);
                send.Headers.Set("milk", "no");
            }),
            Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        var envelope = JsonDocument.Parse(delivery.Body).RootElement;
        Assert.Equal(messageId, envelope.GetProperty("messageId").GetGuid());
        Assert.Equal(messageId, envelope.GetProperty("correlationId").GetGuid());
        Assert.Equal("tea", envelope.GetProperty("message").GetProperty("text").GetString());
        Assert.Equal("no", envelope.GetProperty("headers").GetProperty("milk").GetString());
        Assert.Equal(_bus.Address.ToString(), envelope.GetProperty("destinationAddress").GetString());
        Assert.Equal(messageId.ToString(), delivery.BasicProperties.MessageId);
        Assert.Equal(DeliveryModes.Persistent, delivery.BasicProperties.DeliveryMode);
    }

    [Fact]
    public async Task Should_never_expire_at_its_destination()
    {
        await _bus.Scheduler.ScheduleSend(
            _bus.Address, Short, new Reminder { Text = "tea" }, Pipe.Execute<SendContext>(send => send.TimeToLive = TimeSpan.FromMilliseconds(1)), Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        Assert.Null(delivery.BasicProperties.Expiration);
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(delivery.Body).RootElement.GetProperty("expirationTime").ValueKind);
    }

    [Fact]
    public async Task Should_not_be_held_up_by_one_that_waits_longer()
    {
        await _bus.Scheduler.ScheduleSend(_bus.Address, TimeSpan.FromHours(1), new Reminder { Text = "lunch" }, Cancelled);
        await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "tea" }, Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        Assert.Contains("tea", System.Text.Encoding.UTF8.GetString(delivery.Body.Span), StringComparison.Ordinal);
        Assert.Equal(1u, await _bus.Channel.MessageCountAsync($"{_bus.Queue}.delay.1h", Cancelled));
    }

    [Fact]
    public async Task Should_arrive_at_once_when_its_time_has_passed()
    {
        await _bus.Scheduler.ScheduleSend(_bus.Address, DateTime.UnixEpoch, new Reminder { Text = "tea" }, Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        Assert.False(delivery.BasicProperties.Headers?.ContainsKey("x-death"));
    }

    [Fact]
    public async Task Should_be_known_by_the_token_of_its_schedule()
    {
        var scheduled = await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "tea" }, Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        var headers = JsonDocument.Parse(delivery.Body).RootElement.GetProperty("headers");
        Assert.Equal(scheduled.TokenId, headers.GetProperty(MessageHeaders.SchedulingTokenId).GetGuid());
    }

    [Fact]
    public async Task Should_arrive_although_it_was_cancelled()
    {
        var scheduled = await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "tea" }, Cancelled);
        await _bus.Scheduler.CancelScheduledSend(_bus.Address, scheduled.TokenId, Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);

        Assert.NotEmpty(delivery.Body.ToArray());
    }

    [Fact]
    public async Task Should_survive_the_loss_of_its_empty_delay_queue()
    {
        await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "tea" }, Cancelled);
        await _bus.ReceiveAsync(_bus.Queue, Cancelled);
        await _bus.Channel.QueueDeleteAsync($"{_bus.Queue}.delay.200ms", ifUnused: false, ifEmpty: false, cancellationToken: Cancelled);

        await _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "more tea" }, Cancelled);

        var delivery = await _bus.ReceiveAsync(_bus.Queue, Cancelled);
        Assert.Contains("more tea", System.Text.Encoding.UTF8.GetString(delivery.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_fail_when_no_queue_takes_it()
    {
        using var misdirected = _bus.Bus.ConnectPublishObserver(new Misdirect());

        await Assert.ThrowsAsync<MessageReturnedException>(() =>
            _bus.Scheduler.ScheduleSend(_bus.Address, Short, new Reminder { Text = "tea" }, Cancelled));
    }

    [Fact]
    public async Task Should_fail_when_its_destination_has_no_steps()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            _bus.Scheduler.ScheduleSend(new Uri("queue:elsewhere"), Short, new Reminder { Text = "tea" }, Cancelled));

        Assert.Contains("'elsewhere'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_fail_when_the_delay_is_too_long()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            _bus.Scheduler.ScheduleSend(_bus.Address, TimeSpan.FromHours(2), new Reminder { Text = "tea" }, Cancelled));
    }

    private sealed class Misdirect : IPublishObserver
    {
        public Task PrePublish<T>(PublishContext<T> context)
            where T : class
        {
            context.GetPayload<RabbitMqSendContext>().RoutingKey = "nowhere";
            return Task.CompletedTask;
        }

        public Task PostPublish<T>(PublishContext<T> context)
            where T : class => Task.CompletedTask;

        public Task PublishFault<T>(PublishContext<T> context, Exception exception)
            where T : class => Task.CompletedTask;
    }
}
