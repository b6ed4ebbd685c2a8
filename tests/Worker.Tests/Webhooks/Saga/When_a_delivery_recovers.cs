using Gateway.Contracts;
using MassTransit;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

public sealed class When_a_delivery_recovers : WebhookDeliveryTests
{
    [Fact]
    public async Task Should_be_delivered_and_wait_for_nothing()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(RecoveredAt(attempt: 2));

        var saga = InState(Machine.Delivered)!;
        Assert.Null(saga.NextAttemptAt);
        Assert.Equal(RecoveredAt(2).DeliveredAt.UtcDateTime, saga.EndedAt);
    }

    [Fact]
    public async Task Should_not_mind_that_its_history_is_lost()
    {
        await TellAsync(RecoveredAt(attempt: 2));

        Assert.Null(Saga.Sagas.Contains(Delivery.DeliveryId));
        Assert.False(await Harness.Published.Any<Fault<WebhookRecovered>>(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Should_stay_delivered_when_a_late_failure_or_a_second_success_comes()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(RecoveredAt(attempt: 3));
        await TellAsync(Failed(attempt: 2));
        await TellAsync(RecoveredAt(attempt: 3));

        Assert.NotNull(InState(Machine.Delivered));
        Assert.Equal(1, RetriesSent);
    }

    [Fact]
    public async Task Should_be_delivered_from_the_dead_letters_too()
    {
        await TellAsync(Failed(attempt: 3));
        await TellAsync(RecoveredAt(attempt: 4));

        Assert.NotNull(InState(Machine.Delivered));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_start_over_when_it_is_sent_again_and_fails(bool wasDelivered)
    {
        await TellAsync(Failed(attempt: 2));
        await TellAsync(Failed(attempt: 3));
        if (wasDelivered)
        {
            await TellAsync(RecoveredAt(attempt: 4));
        }

        await TellAsync(Failed(attempt: 1));

        var saga = InState(Machine.AwaitingRetry)!;
        Assert.Equal([1], saga.Attempts.Select(a => a.Attempt));
        Assert.Equal(2, RetriesSent);
        Assert.Null(saga.EndedAt);
    }
}
