using Gateway.Worker.Bus.DelayedSends;
using Xunit;

namespace Gateway.Worker.Tests.Bus.DelayedSends;

public class When_a_delay_step_is_named
{
    /// <summary>The names are the broker's: a change here leaves messages behind in queues that nobody declares any more.</summary>
    [Theory]
    [InlineData("00:00:00.001", "reports.delay.1ms")]
    [InlineData("00:00:00.200", "reports.delay.200ms")]
    [InlineData("00:00:10", "reports.delay.10s")]
    [InlineData("00:00:01.500", "reports.delay.1s500ms")]
    [InlineData("00:01:00", "reports.delay.1m")]
    [InlineData("00:01:30", "reports.delay.1m30s")]
    [InlineData("00:36:00", "reports.delay.36m")]
    [InlineData("03:36:00", "reports.delay.3h36m")]
    [InlineData("1.00:00:00", "reports.delay.1d")]
    public void Should_name_its_destination_and_its_delay(string delay, string expected)
    {
        Assert.Equal(expected, new DelayStep("reports", TimeSpan.Parse(delay, System.Globalization.CultureInfo.InvariantCulture)).QueueName);
    }
}
