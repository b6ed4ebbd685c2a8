using Gateway.Worker.Ops.Jobs;
using Xunit;

namespace Gateway.Worker.Tests.Ops;

public class When_a_job_is_published_by_hand
{
    [Fact]
    public void Should_be_queued_before_its_first_attempt_also_within_one_millisecond()
    {
        var now = new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);

        // The database orders them as their text; of ids of one millisecond about half would be in the wrong order.
        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(
            string.CompareOrdinal(JobPublisher.QueuedRunId(now).ToString(), Guid.CreateVersion7(now).ToString()) < 0));
    }
}
