using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Register;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Register;

public class When_an_attempt_is_remembered
{
    private readonly FakeTimeProvider _time = new();
    private readonly DeliveryKey _id = new(Guid.CreateVersion7(), Guid.CreateVersion7());
    private readonly Guid _messageId = Guid.CreateVersion7();

    private InMemoryDeliveryRegister Register => field ??= new InMemoryDeliveryRegister(_time);

    [Theory]
    [InlineData(AttemptOutcome.Succeeded, 204, null)]
    [InlineData(AttemptOutcome.Status, 429, 90)]
    [InlineData(AttemptOutcome.Connect, null, null)]
    public void Should_read_back_what_was_written(AttemptOutcome outcome, int? status, int? retryAfterSeconds)
    {
        var mark = Mark(outcome, attempt: 3) with
        {
            Result = new AttemptResult
            {
                Outcome = outcome,
                StatusCode = status,
                Duration = TimeSpan.FromMilliseconds(12.5),
                RetryAfter = retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            OccurredAt = status is null ? null : new DateTime(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc).AddTicks(1),
        };

        Assert.Equal(mark, AttemptRecord.Parse(mark.Format()));
    }

    [Theory]
    [InlineData("claimed|1|019ac0de000070008000000000000001|1f")]
    [InlineData("")]
    [InlineData("1|2|3|4|5|6|7|8")]
    public void Should_not_take_other_text_for_a_mark(string text)
    {
        Assert.Null(AttemptRecord.Parse(text));
    }

    [Theory]
    [InlineData("019ac0de-0000-7000-8000-000000000001")]
    [InlineData(null)]
    public void Should_read_back_who_makes_it(string? messageId)
    {
        var claimant = new Claimant(12, messageId is null ? null : Guid.Parse(messageId))
        {
            OccurredAt = messageId is null ? null : new DateTime(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc).AddTicks(1),
        };

        Assert.Equal(claimant, Claimant.Parse(claimant.Format()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("claimed|x|")]
    [InlineData("taken|1|")]
    [InlineData("1|019ac0de000070008000000000000001|5|3||7|")]
    public void Should_not_take_other_text_for_a_claimant(string? text)
    {
        Assert.Null(Claimant.Parse(text));
    }

    [Fact]
    public async Task Should_give_a_delivery_to_one_of_two()
    {
        var first = await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);
        var second = await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);

        Assert.Equal(new Claim.Free(), first);
        Assert.Equal(new Claim.HeldByOther(), second);
    }

    [Fact]
    public async Task Should_let_a_redelivered_message_take_over_the_claim_of_its_dead_consumer()
    {
        await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);

        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));
    }

    /// <summary>Only its arrival gave it a time, and each time the broker hands it out it arrives later.</summary>
    [Fact]
    public async Task Should_tell_whoever_makes_it_again_the_time_that_was_told()
    {
        var first = _time.GetUtcNow().UtcDateTime;
        await Register.ClaimAsync(_id, Of(attempt: 1) with { OccurredAt = first }, mayBeRepeated: false);

        foreach (var minutes in new[] { 1, 2 })
        {
            var again = await Register.ClaimAsync(_id, Of(attempt: 1) with { OccurredAt = first.AddMinutes(minutes) }, mayBeRepeated: true);
            Assert.Equal((true, first), (again is Claim.Free, again.OccurredAt));
        }

        Register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1) with { OccurredAt = first });
        Assert.Equal(first, (await Register.ClaimAsync(_id, Of(attempt: 1) with { OccurredAt = first.AddMinutes(3) }, mayBeRepeated: true)).OccurredAt);
        Assert.Equal(first, (await Register.ClaimAsync(_id, Of(attempt: 1) with { OccurredAt = first.AddMinutes(4) }, mayBeRepeated: false)).OccurredAt);
    }

    [Fact]
    public async Task Should_not_let_a_redelivered_message_take_over_the_claim_of_another_message()
    {
        await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false);

        Assert.Equal(new Claim.HeldByOther(), await Register.ClaimAsync(_id, new Claimant(2, Guid.CreateVersion7()), mayBeRepeated: true));
        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, new Claimant(2, MessageId: null), mayBeRepeated: true));
    }

    [Fact]
    public async Task Should_be_free_for_another_message_when_the_attempt_was_broken_off()
    {
        await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false);
        var other = new Claimant(2, Guid.CreateVersion7());

        Register.GiveUp(_id, other);
        Assert.Equal(new Claim.HeldByOther(), await Register.ClaimAsync(_id, other, mayBeRepeated: true));
        Register.GiveUp(_id, Of(attempt: 2));

        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, other, mayBeRepeated: true));
    }

    [Fact]
    public async Task Should_keep_an_outcome_when_its_claim_is_given_up()
    {
        await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);
        var mark = Mark(AttemptOutcome.Succeeded, attempt: 1);
        Register.Remember(_id, mark);

        Register.GiveUp(_id, Of(attempt: 1));

        Assert.Equal(new Claim.Made(mark), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
    }

    [Fact]
    public async Task Should_tell_what_came_of_it_until_a_day_has_passed()
    {
        var mark = Mark(AttemptOutcome.Succeeded, attempt: 1);
        await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);
        Register.Remember(_id, mark);

        Assert.Equal(new Claim.Made(mark), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
        _time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
    }

    [Fact]
    public async Task Should_be_free_for_the_attempt_after_a_failed_one_and_give_it_to_one_of_two()
    {
        Register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1));

        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false));
        Assert.Equal(new Claim.HeldByOther(), await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false));
    }

    [Fact]
    public async Task Should_not_let_a_redelivered_message_make_an_attempt_that_was_made()
    {
        var mark = Mark(AttemptOutcome.Status, attempt: 2);
        Register.Remember(_id, mark);

        Assert.Equal(new Claim.Made(mark), await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_be_past_for_a_redelivered_message_once_the_next_attempt_has_begun(bool hasEnded)
    {
        Register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1));
        await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false);
        if (hasEnded)
        {
            Register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 2));
        }

        Assert.Equal(new Claim.Past(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));
    }

    [Fact]
    public async Task Should_forget_a_failure_and_neither_a_success_nor_an_attempt_that_is_being_made()
    {
        await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);
        await Register.ForgetAsync(_id, evenDelivered: false);
        Assert.Equal(new Claim.HeldByOther(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));

        Register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1));
        await Register.ForgetAsync(_id, evenDelivered: false);
        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));

        Register.Remember(_id, Mark(AttemptOutcome.Succeeded, attempt: 1));
        await Register.ForgetAsync(_id, evenDelivered: false);
        Assert.IsType<Claim.Made>(await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
    }

    [Fact]
    public async Task Should_let_a_failed_delivery_be_published_again_from_the_start()
    {
        Register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 6));

        Assert.Equal(new Claim.Free(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
    }

    /// <summary>It wrote no time: what it has delivered must not be posted again after an upgrade.</summary>
    [Fact]
    public void Should_read_what_a_worker_of_before_has_written()
    {
        var mark = Mark(AttemptOutcome.Succeeded, attempt: 2) with { Content = 7 };
        var claimant = new Claimant(3, Guid.CreateVersion7()) { Content = 7 };

        Assert.Equal(mark, AttemptRecord.Parse(mark.Format()[..^1]));
        Assert.Equal(claimant, Claimant.Parse(claimant.Format()[..^1]));
    }

    [Fact]
    public async Task Should_be_past_for_a_message_that_comes_when_later_attempts_were_made()
    {
        Register.Remember(_id, Mark(AttemptOutcome.Succeeded, attempt: 6));

        Assert.Equal(new Claim.Past(), await Register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: true));
    }

    [Fact]
    public async Task Should_let_a_delivery_that_is_published_again_wait_while_a_late_attempt_is_made()
    {
        await Register.ClaimAsync(_id, Of(attempt: 6), mayBeRepeated: false);

        Assert.Equal(new Claim.HeldByOther(), await Register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));
    }

    private Claimant Of(int attempt) => new(attempt, _messageId);

    private static AttemptRecord Mark(AttemptOutcome outcome, int attempt) => new(
        attempt,
        Guid.CreateVersion7(),
        new DateTime(2026, 2, 28, 23, 59, 59, DateTimeKind.Utc),
        new AttemptResult { Outcome = outcome, StatusCode = 200, Duration = TimeSpan.FromMilliseconds(7) });
}
