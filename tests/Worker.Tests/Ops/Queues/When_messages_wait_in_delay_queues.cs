using Gateway.Worker.Ops.Queues;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Queues;

/// <summary>What trials found (docs/faults.md: G6).</summary>
public class When_messages_wait_in_delay_queues
{
    // The steps were other ones when these messages were sent.
    [Fact]
    public void Should_count_those_of_steps_that_are_no_longer_configured()
    {
        var depths = new[] { Depth("periodic", 7), Depth("periodic.delay.10s", 1), Depth("periodic.delay.7m", 20), Depth("periodic_retry.delay.10s", 300), Depth("reports.delay.30s", 4000) }
            .ToDictionary(depth => depth.Name);

        Assert.Equal(21, BrokerQueues.DelayedOf("periodic", depths));
        Assert.Equal(0, BrokerQueues.DelayedOf("monitoring", depths));
    }

    private static QueueDepth Depth(string name, long ready) => new(name, ready, 0, 0);
}
