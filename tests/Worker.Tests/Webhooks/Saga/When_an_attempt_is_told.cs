using Gateway.Worker.Webhooks.Saga;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

public sealed class When_an_attempt_is_told : WebhookDeliveryTests
{
    [Fact]
    public async Task Should_say_when_the_next_one_is_due()
    {
        await TellAsync(Failed(attempt: 1));

        var saga = await SagaAsync();
        Assert.Equal(nameof(WebhookDeliveryStateMachine.AwaitingRetry), saga.CurrentState);
        Assert.Equal(("m-1", "payment.completed", 0), (saga.MerchantId, saga.Event, saga.Round));
        Assert.Equal([new RememberedAttempt(1, "status", 503, Minute(1).UtcDateTime)], saga.Attempts);
        Assert.Equal(Minute(11).UtcDateTime, saga.NextAttemptAt);
        Assert.Null(saga.EndedAt);
    }

    [Fact]
    public async Task Should_be_exhausted_when_none_follows()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(LastFailed(attempt: 2));

        var saga = await SagaAsync();
        Assert.Equal(nameof(WebhookDeliveryStateMachine.Exhausted), saga.CurrentState);
        Assert.Equal([1, 2], saga.Attempts.Select(made => made.Attempt));
        Assert.Null(saga.NextAttemptAt);
        Assert.Equal(Minute(2).UtcDateTime, saga.EndedAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_be_delivered_when_it_succeeds(bool wasExhausted)
    {
        await TellAsync(wasExhausted ? LastFailed(attempt: 1) : Failed(attempt: 1));
        await TellAsync(Succeeded(attempt: 2));

        var saga = await SagaAsync();
        Assert.Equal(nameof(WebhookDeliveryStateMachine.Delivered), saga.CurrentState);
        Assert.Equal([(1, 503), (2, 204)], saga.Attempts.Select(made => (made.Attempt, made.StatusCode!.Value)));
        Assert.Null(saga.NextAttemptAt);
        Assert.Equal(Minute(2).UtcDateTime, saga.EndedAt);
    }

    [Fact]
    public async Task Should_go_on_where_the_history_is_lost()
    {
        await TellAsync(Succeeded(attempt: 3));

        var saga = await SagaAsync();
        Assert.Equal(nameof(WebhookDeliveryStateMachine.Delivered), saga.CurrentState);
        Assert.Equal([3], saga.Attempts.Select(made => made.Attempt));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_start_over_when_the_delivery_was_sent_again(bool wasDelivered)
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(wasDelivered ? Succeeded(attempt: 2) : LastFailed(attempt: 2));
        await TellAsync(Failed(attempt: 1, round: 1, minute: 20));

        var saga = await SagaAsync();
        Assert.Equal((nameof(WebhookDeliveryStateMachine.AwaitingRetry), 1), (saga.CurrentState, saga.Round));
        Assert.Equal([new RememberedAttempt(1, "status", 503, Minute(20).UtcDateTime)], saga.Attempts);
        Assert.Equal(Minute(30).UtcDateTime, saga.NextAttemptAt);
        Assert.Null(saga.EndedAt);
    }

    [Fact]
    public async Task Should_tell_many_deliveries_and_two_attempts_of_one()
    {
        var others = Enumerable.Range(0, 500).Select(_ => Guid.CreateVersion7()).ToArray();

        await TellAsync([Failed(attempt: 1), .. others.Select(id => Failed(attempt: 1) with { DeliveryId = id }), Succeeded(attempt: 2)]);

        Assert.Equal(nameof(WebhookDeliveryStateMachine.Delivered), (await SagaAsync()).CurrentState);
        Assert.All(
            await Sagas.LoadAsync([.. others.Select(SagaOf)], TestContext.Current.CancellationToken),
            stored => Assert.Equal(nameof(WebhookDeliveryStateMachine.AwaitingRetry), stored.Saga.CurrentState));
    }
}
