using Gateway.Worker.Bus.DelayedSends;
using Xunit;

namespace Gateway.Worker.Tests.Bus.DelayedSends;

public class When_a_delay_is_given_a_step
{
    private static readonly DelaySteps Webhooks = new("webhooks_retry", [Seconds(10), Seconds(60), Seconds(360), Seconds(2160), Seconds(12960)]);

    [Theory]
    [InlineData(10, "10s")]
    [InlineData(8, "10s")]
    [InlineData(12, "10s")]
    [InlineData(48, "1m")]
    [InlineData(72, "1m")]
    [InlineData(432, "6m")]
    [InlineData(2160, "36m")]
    [InlineData(15552, "3h36m")]
    public void Should_wait_as_asked_within_the_jitter_of_a_step(double seconds, string step)
    {
        var (chosen, expiry) = Webhooks.For(Seconds(seconds));

        Assert.Equal($"webhooks_retry.delay.{step}", chosen.QueueName);
        Assert.Equal(Seconds(seconds), expiry);
    }

    [Theory]
    [InlineData(0.001, "10s", 10)]
    [InlineData(7.999, "10s", 10)]
    [InlineData(12.001, "1m", 60)]
    [InlineData(30, "1m", 60)]
    [InlineData(120, "6m", 360)]
    [InlineData(3600, "3h36m", 12960)]
    public void Should_wait_for_the_next_step_between_two(double seconds, string step, double expected)
    {
        var (chosen, expiry) = Webhooks.For(Seconds(seconds));

        Assert.Equal($"webhooks_retry.delay.{step}", chosen.QueueName);
        Assert.Equal(Seconds(expected), expiry);
    }

    [Fact]
    public void Should_round_a_fraction_of_a_millisecond_up()
    {
        var (_, expiry) = Webhooks.For(Seconds(9) + TimeSpan.FromTicks(1));

        Assert.Equal(Seconds(9.001), expiry);
    }

    [Fact]
    public void Should_hold_delays_that_differ_by_the_jitter_at_most()
    {
        var held = Enumerable.Range(1, 15_552).Select(s => Webhooks.For(Seconds(s)));

        Assert.All(held, h => Assert.InRange(h.Expiry / h.Step.Delay, 1 - DelaySteps.Jitter, 1 + DelaySteps.Jitter));
    }

    [Fact]
    public void Should_never_wait_shorter_than_asked()
    {
        Assert.All(Enumerable.Range(1, 15_552), s => Assert.True(Webhooks.For(Seconds(s)).Expiry >= Seconds(s)));
    }

    [Fact]
    public void Should_refuse_what_is_longer_than_the_longest_step()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Webhooks.For(TimeSpan.FromHours(5)));

        Assert.Contains("'webhooks_retry' cannot be delayed by 05:00:00: the longest delay step is 03:36:00", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.0005)]
    [InlineData(1.0005)]
    [InlineData(42 * 86_400)]
    public void Should_refuse_a_step_that_the_broker_cannot_keep(double seconds)
    {
        var error = Assert.Throws<ArgumentException>(() => new DelaySteps("webhooks_retry", [Seconds(10), Seconds(seconds)]));

        Assert.Contains("no delay step for the queue 'webhooks_retry'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_refuse_a_destination_without_steps()
    {
        Assert.Throws<ArgumentException>(() => new DelaySteps("webhooks_retry", []));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
