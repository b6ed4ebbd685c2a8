using Gateway.Worker.Webhooks;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks;

public class When_a_retry_is_planned
{
    private static readonly TimeSpan[] Steps = [.. new[] { 10, 60, 360, 2160, 12960 }.Select(s => TimeSpan.FromSeconds(s))];
    private readonly RetrySchedule _schedule = new(Steps);

    [Fact]
    public void Should_make_six_attempts_and_no_more()
    {
        Assert.Equal(6, _schedule.MaxAttempts);
        Assert.Equal([true, true, true, true, true, false, false], Enumerable.Range(1, 7).Select(_schedule.HasRetriesAfter));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 60)]
    [InlineData(3, 360)]
    [InlineData(4, 2160)]
    [InlineData(5, 12960)]
    public void Should_stray_no_more_than_a_fifth_from_its_step(int attempt, int stepSeconds)
    {
        Assert.Equal(stepSeconds * 0.8, _schedule.DelayAfter(attempt, null, 0).TotalSeconds, 3);
        Assert.Equal(stepSeconds, _schedule.DelayAfter(attempt, null, 0.5).TotalSeconds, 3);
        Assert.InRange(_schedule.DelayAfter(attempt, null, 0.999999).TotalSeconds, stepSeconds * 1.19, stepSeconds * 1.2);
    }

    [Theory]
    [InlineData(5, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 60)]
    [InlineData(60, 60)]
    [InlineData(61, 360)]
    [InlineData(12961, 12960)]
    [InlineData(86400, 12960)]
    public void Should_round_the_merchants_wish_up_to_the_step_that_covers_it(int retryAfterSeconds, int stepSeconds)
    {
        var delay = _schedule.DelayAfter(1, TimeSpan.FromSeconds(retryAfterSeconds), 0.5);

        Assert.InRange(delay.TotalSeconds, stepSeconds, stepSeconds * 1.2);
    }

    [Fact]
    public void Should_never_be_earlier_than_the_merchant_asked()
    {
        Assert.Equal(60, _schedule.DelayAfter(1, TimeSpan.FromSeconds(60), 0).TotalSeconds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Should_refuse_an_attempt_that_has_no_retry(int attempt)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _schedule.DelayAfter(attempt, null, 0.5));
    }
}
