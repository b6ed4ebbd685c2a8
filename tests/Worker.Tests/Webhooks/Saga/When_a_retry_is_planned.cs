using CsCheck;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

public class When_a_retry_is_planned
{
    private static readonly TimeSpan[] Steps = [.. new[] { 10, 60, 360, 2160, 12960 }.Select(s => TimeSpan.FromSeconds(s))];
    private static readonly DateTime EndedAt = new(2026, 2, 28, 23, 59, 59, DateTimeKind.Utc);
    private readonly RetrySchedule _schedule = new(Steps);

    [Fact]
    public void Should_make_six_attempts_and_no_more()
    {
        Assert.Equal(6, _schedule.MaxAttempts);
        Assert.All(Enumerable.Range(1, 5), attempt => Assert.IsType<NextStep.Retry>(After(attempt)));
        Assert.All(Enumerable.Range(6, 3), attempt => Assert.IsType<NextStep.Exhausted>(After(attempt)));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 60)]
    [InlineData(3, 360)]
    [InlineData(4, 2160)]
    [InlineData(5, 12960)]
    public void Should_stray_no_more_than_a_fifth_from_its_step(int attempt, int stepSeconds)
    {
        Assert.Equal(stepSeconds * 0.8, WaitAfter(attempt, null, 0), 3);
        Assert.Equal(stepSeconds, WaitAfter(attempt, null, 0.5), 3);
        Assert.InRange(WaitAfter(attempt, null, 0.999999), stepSeconds * 1.19, stepSeconds * 1.2);
    }

    [Theory]
    [InlineData(5, 8, 12)]
    [InlineData(10, 8, 12)]
    [InlineData(11, 11, 13.2)]
    [InlineData(86400, 86400, 103680)]
    public void Should_wait_as_long_as_the_merchant_asks_for_and_a_little_more(int retryAfterSeconds, double atLeast, double atMost)
    {
        Assert.Equal(atLeast, WaitAfter(1, retryAfterSeconds, 0), 3);
        Assert.InRange(WaitAfter(1, retryAfterSeconds, 0.999999), atLeast, atMost);
    }

    [Fact]
    public void Should_say_that_the_merchant_asked_for_it()
    {
        Assert.Equal(WaitReason.Retry, Assert.IsType<NextStep.Retry>(After(1)).Reason);
        Assert.Equal(WaitReason.RetryAfter, Assert.IsType<NextStep.Retry>(After(1, retryAfterSeconds: 60)).Reason);
    }

    [Fact]
    public void Should_give_up_at_once_what_the_merchant_wants_no_more() => Assert.IsType<NextStep.Exhausted>(After(1, AttemptOutcome.Gone));

    [Fact]
    public void Should_be_done_after_a_success_of_any_attempt() =>
        Assert.All(Enumerable.Range(1, 8), attempt => Assert.IsType<NextStep.Delivered>(After(attempt, AttemptOutcome.Succeeded)));

    [Fact]
    public void Should_never_wait_for_a_moment_that_has_passed() => Gen.Select(Gen.Int[1, 5], Gen.Int[0, 86400].Nullable(), Gen.Double[0, 0.9999999])
        .Sample((attempt, retryAfter, random) => WaitAfter(attempt, retryAfter, random) > 0);

    [Fact]
    public void Should_wait_longer_after_each_fault_of_its_own_but_not_for_ever()
    {
        Assert.Equal([10, 60, 360, 2160, 12960], Enumerable.Range(1, 5).Select(faults => _schedule.AfterFault(faults, 0.5)!.Value.TotalSeconds));
        Assert.Null(_schedule.AfterFault(6, 0.5));
    }

    [Theory]
    // A first attempt is late since it was published.
    [InlineData(1, 0, 1)]
    [InlineData(1, 8, 4)]
    [InlineData(1, 3600, 30)]
    // A later one was to wait anyway, with all of the jitter for 72 s and for 432 s.
    [InlineData(3, 60, 1)]
    [InlineData(3, 80, 4)]
    [InlineData(4, 400, 1)]
    [InlineData(4, 452, 10)]
    [InlineData(4, 86400, 30)]
    // A clock that is behind.
    [InlineData(2, -5, 1)]
    // Those that an operator has sent again have no step.
    [InlineData(9, 8, 4)]
    public void Should_go_round_the_less_often_the_longer_it_finds_no_slot(int attempt, int age, int seconds) =>
        Assert.Equal(seconds, _schedule.WhenCrowded(attempt, TimeSpan.FromSeconds(age), 0.5).TotalSeconds, 3);

    [Fact]
    public void Should_wait_some_seconds_for_a_slot_when_nothing_tells_how_late_it_is() =>
        Assert.Equal(5, _schedule.WhenCrowded(2, age: null, 0.5).TotalSeconds);

    private NextStep After(int attempt, AttemptOutcome outcome = AttemptOutcome.Status, int? retryAfterSeconds = null, double random = 0.5) =>
        _schedule.After(
            attempt,
            EndedAt,
            new AttemptResult
            {
                Outcome = outcome,
                Duration = TimeSpan.FromMilliseconds(5),
                RetryAfter = retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            random);

    private double WaitAfter(int attempt, int? retryAfterSeconds, double random) =>
        (Assert.IsType<NextStep.Retry>(After(attempt, retryAfterSeconds: retryAfterSeconds, random: random)).DueAt - EndedAt).TotalSeconds;
}
