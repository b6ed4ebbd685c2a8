using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Worker.Tests.Persistence.JobLog;

public class When_a_run_gets_its_id
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Should_come_after_the_run_that_started_a_microsecond_earlier()
    {
        // Runs of a webhook that is published twice, delivered and skipped, may start within one millisecond.
        string[] ids = [.. Enumerable.Range(0, 3_000).Select(microseconds => RunId.At(Noon.AddMicroseconds(microseconds)).ToString())];

        Assert.All(ids.Zip(ids.Skip(1)), pair => Assert.True(string.CompareOrdinal(pair.First, pair.Second) < 0));
    }

    [Fact]
    public void Should_be_a_UUID_of_version_7_that_no_other_run_of_that_moment_has()
    {
        var id = RunId.At(Noon);

        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), Convert.ToInt64(id.ToString("N")[..12], 16));
        Assert.NotEqual(id, RunId.At(Noon));
    }
}
