using Gateway.Contracts;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

public sealed class When_a_merchant_keeps_failing : WebhookDeliveryTests
{
    [Fact]
    public async Task Should_retry_with_the_counted_up_message()
    {
        await TellAsync(Failed(attempt: 1));

        var retry = Assert.Single(await RetriesAsync(1));
        Assert.Equal(Delivery.DeliveryId, retry.DeliveryId);
        Assert.Equal(1, retry.Attempt);
        Assert.Equal(Delivery.OccurredAt, retry.OccurredAt);
        Assert.Equal("""{"amount":"1.10"}""", retry.Payload.GetRawText());
        Assert.NotNull(InState(Machine.AwaitingRetry));
    }

    [Fact]
    public async Task Should_become_a_dead_letter_with_its_history_after_the_last_attempt()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(Failed(attempt: 2));
        await TellAsync(Failed(attempt: 3));

        Assert.True(await Harness.Published.Any<WebhookExhausted>(x => x.Context.Message.Attempts == 3, TestContext.Current.CancellationToken));
        Assert.Equal([1, 2], (await RetriesAsync(2)).Select(r => r.Attempt).Order());
        var saga = InState(Machine.Exhausted)!;
        Assert.Equal([1, 2, 3], saga.Attempts.Select(a => a.Attempt));
        Assert.All(saga.Attempts, a => Assert.Equal(503, a.StatusCode));
        Assert.Null(saga.NextAttemptAt);
    }

    [Fact]
    public async Task Should_send_the_original_message_to_the_error_queue()
    {
        await TellAsync(Failed(attempt: 3));

        Assert.True(await Harness.Sent.Any<DeliverWebhook>(
            x => x.Context.DestinationAddress!.Segments[^1] == "webhooks_error"
                && x.Context.Message.Payload.GetRawText() == """{"amount":"1.10"}"""
                && x.Context.Headers.Get<string>("MT-Fault-Message") == "3 attempts failed, the last one by status 503",
            TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Should_stop_at_once_when_the_endpoint_is_gone()
    {
        await TellAsync(Failed(attempt: 1, isFinal: true));

        Assert.True(await Harness.Published.Any<WebhookExhausted>(x => x.Context.Message is { Attempts: 1, Reason: "gone" }, TestContext.Current.CancellationToken));
        Assert.NotNull(InState(Machine.Exhausted));
        Assert.Equal(0, RetriesSent);
    }

    [Fact]
    public async Task Should_go_on_from_the_message_when_the_history_is_lost()
    {
        await TellAsync(Failed(attempt: 2));

        Assert.Equal(2, Assert.Single(await RetriesAsync(1)).Attempt);
        Assert.NotNull(InState(Machine.AwaitingRetry));
    }
}
