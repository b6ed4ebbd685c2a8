using CsCheck;
using Gateway.Contracts;
using Gateway.Worker.Webhooks.Saga;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

public sealed class When_attempts_come_in_any_order : WebhookDeliveryTests
{
    /// <summary>One of a few attempts, so that the same ones come again. What an attempt brought follows from when it ended.</summary>
    private static readonly Gen<(int Delivery, int Round, int Attempt, int Minute)> Told =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[1, 4], Gen.Int[0, 5]);

    [Fact]
    public async Task Should_change_nothing_when_an_attempt_comes_again()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(Failed(attempt: 2));
        await TellAsync(Failed(attempt: 1), Failed(attempt: 2));

        var saga = await SagaAsync();
        Assert.Equal([1, 2], saga.Attempts.Select(made => made.Attempt));
        Assert.Equal(Minute(12).UtcDateTime, saga.NextAttemptAt);
    }

    [Fact]
    public async Task Should_put_a_late_attempt_in_its_place()
    {
        await TellAsync(Failed(attempt: 1));
        await TellAsync(LastFailed(attempt: 3));
        await TellAsync(Failed(attempt: 2));

        var saga = await SagaAsync();
        Assert.Equal([1, 2, 3], saga.Attempts.Select(made => made.Attempt));
        Assert.Equal((nameof(WebhookDeliveryStateMachine.Exhausted), Minute(3).UtcDateTime), (saga.CurrentState, saga.EndedAt));
        Assert.Null(saga.NextAttemptAt);
    }

    [Fact]
    public async Task Should_stay_delivered_whatever_fails()
    {
        await TellAsync(Succeeded(attempt: 2));
        await TellAsync(Failed(attempt: 1));
        await TellAsync(Failed(attempt: 2));
        await TellAsync(LastFailed(attempt: 3));

        var saga = await SagaAsync();
        Assert.Equal((nameof(WebhookDeliveryStateMachine.Delivered), Minute(2).UtcDateTime), (saga.CurrentState, saga.EndedAt));
        Assert.Equal([(1, 503), (2, 204), (3, 503)], saga.Attempts.Select(made => (made.Attempt, made.StatusCode!.Value)));
    }

    [Fact]
    public async Task Should_heed_no_attempt_from_before_the_delivery_was_sent_again()
    {
        await TellAsync(Failed(attempt: 1, round: 1));
        await TellAsync(Succeeded(attempt: 6));

        var saga = await SagaAsync();
        Assert.Equal((nameof(WebhookDeliveryStateMachine.AwaitingRetry), 1), (saga.CurrentState, saga.Round));
        Assert.Equal([1], saga.Attempts.Select(made => made.Attempt));
    }

    /// <summary>Two copies of a message were posted. The retry of the first one is the one that waits.</summary>
    [Fact]
    public async Task Should_keep_the_earlier_one_of_two_failures_with_the_same_number()
    {
        await TellAsync(LastFailed(attempt: 2, minute: 4));
        await TellAsync(Failed(attempt: 2, minute: 3));
        await TellAsync(LastFailed(attempt: 2, minute: 4));

        var saga = await SagaAsync();
        Assert.Equal((nameof(WebhookDeliveryStateMachine.AwaitingRetry), Minute(13).UtcDateTime), (saga.CurrentState, saga.NextAttemptAt));
        Assert.Equal([Minute(3).UtcDateTime], saga.Attempts.Select(made => made.EndedAt));
    }

    [Fact]
    public async Task Should_know_the_same_in_the_end() =>
        await Told.Array[1, 8].Array[1, 8].SampleAsync(async messages =>
        {
            Guid[] ids = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];
            WebhookAttemptRecorded[][] told = [.. messages.Select(message => message.Select(attempt => Recorded(attempt, ids)).ToArray())];
            foreach (var message in told)
            {
                await TellAsync(message);
            }

            foreach (var ofDelivery in told.SelectMany(message => message).GroupBy(attempt => attempt.DeliveryId))
            {
                AssertIsWhatFollows([.. ofDelivery], await SagaAsync(ofDelivery.Key));
            }
        }, iter: 200, threads: 1);

    private WebhookAttemptRecorded Recorded((int Delivery, int Round, int Attempt, int Minute) told, Guid[] ids) => (told.Minute % 3) switch
    {
        0 => Failed(told.Attempt, told.Round, told.Minute) with { DeliveryId = ids[told.Delivery] },
        1 => LastFailed(told.Attempt, told.Round, told.Minute) with { DeliveryId = ids[told.Delivery] },
        _ => Succeeded(told.Attempt, told.Round, told.Minute) with { DeliveryId = ids[told.Delivery] },
    };

    /// <summary>What the sum of all attempts says, whatever their order was.</summary>
    private static void AssertIsWhatFollows(IReadOnlyList<WebhookAttemptRecorded> told, WebhookDelivery saga)
    {
        var round = told.Max(attempt => attempt.Round);
        WebhookAttemptRecorded[] history =
        [
            .. told.Where(attempt => attempt.Round == round).GroupBy(attempt => attempt.Attempt).OrderBy(same => same.Key)
                .Select(same => same.OrderBy(attempt => attempt.Reason is not null).ThenBy(attempt => attempt.EndedAt).First()),
        ];
        var decisive = history.FirstOrDefault(attempt => attempt.Reason is null) ?? history[^1];

        Assert.Equal(round, saga.Round);
        Assert.Equal(
            history.Select(made => new RememberedAttempt(made.Attempt, made.Reason, made.StatusCode, made.EndedAt.UtcDateTime)),
            saga.Attempts);
        Assert.Equal(decisive.NextAttemptAt?.UtcDateTime, saga.NextAttemptAt);
        Assert.Equal(decisive.NextAttemptAt is null ? decisive.EndedAt.UtcDateTime : null, saga.EndedAt);
        Assert.Equal(
            decisive switch
            {
                { Reason: null } => nameof(WebhookDeliveryStateMachine.Delivered),
                { NextAttemptAt: null } => nameof(WebhookDeliveryStateMachine.Exhausted),
                _ => nameof(WebhookDeliveryStateMachine.AwaitingRetry),
            },
            saga.CurrentState);
    }
}
