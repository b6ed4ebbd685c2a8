using MassTransit;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

public sealed class When_an_event_comes_again : WebhookDeliveryTests
{
    [Fact]
    public async Task Should_schedule_one_retry_for_one_attempt()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(Failed(attempt: 1));

        Assert.Equal(1, RetriesSent);
        Assert.Single(Saga.Sagas.Contains(Delivery.DeliveryId)!.Attempts);
    }

    [Fact]
    public async Task Should_send_the_retry_again_when_it_is_the_same_message()
    {
        var messageId = NewId.NextGuid();
        await TellAsync(Failed(attempt: 1), messageId);
        await TellAsync(Failed(attempt: 1), messageId);

        Assert.Equal(2, RetriesSent);
        Assert.Single(Saga.Sagas.Contains(Delivery.DeliveryId)!.Attempts);
    }

    [Fact]
    public async Task Should_send_the_dead_letter_again_when_it_is_the_same_message()
    {
        var messageId = NewId.NextGuid();
        await TellAsync(Failed(attempt: 3), messageId);
        await TellAsync(Failed(attempt: 3), messageId);

        Assert.Equal(2, DeadLettersSent);
    }

    [Fact]
    public async Task Should_make_one_dead_letter_when_it_is_another_message()
    {
        await TellAsync(Failed(attempt: 3));
        await TellAsync(Failed(attempt: 3));

        Assert.Equal(1, DeadLettersSent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_not_start_over_when_the_first_attempt_is_told_once_more_after_the_end(bool wasDelivered)
    {
        await TellAsync(Failed(attempt: 1));
        if (wasDelivered)
        {
            await TellAsync(RecoveredAt(attempt: 2));
        }
        else
        {
            await TellAsync(Failed(attempt: 2, isFinal: true));
        }

        await TellAsync(Failed(attempt: 1));

        Assert.Equal(1, RetriesSent);
        Assert.NotNull(InState(wasDelivered ? Machine.Delivered : Machine.Exhausted));
    }

    [Fact]
    public async Task Should_ignore_an_attempt_that_is_older_than_the_last()
    {
        await TellAsync(Failed(attempt: 2));
        await TellAsync(Failed(attempt: 1));

        Assert.Equal(1, RetriesSent);
        Assert.Equal([2], Saga.Sagas.Contains(Delivery.DeliveryId)!.Attempts.Select(a => a.Attempt));
    }
}
