using Gateway.Persistence.Figures;
using Xunit;

namespace Gateway.Worker.Tests.Persistence.Figures;

public sealed class When_durations_are_counted
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(1_000, 7)]
    [InlineData(1_001, 8)]
    [InlineData(1_500_000, 17)]
    [InlineData(1_500_001, 18)]
    public void Should_belong_to_the_first_bucket_whose_bound_they_do_not_exceed(int milliseconds, int bucket) =>
        Assert.Equal(bucket, DurationBuckets.IndexOf(milliseconds));

    [Fact]
    public void Should_have_the_share_that_stayed_below_evenly_within_a_bucket()
    {
        // 10 up to 5 ms, 80 above 50 ms and up to 100 ms, 10 longer than anything.
        var counts = new long[DurationBuckets.Count];
        (counts[0], counts[4], counts[^1]) = (10, 80, 10);

        Assert.Equal(0.0025, DurationBuckets.Quantile(counts, 0.05)!.Value, 6);
        Assert.Equal(0.075, DurationBuckets.Quantile(counts, 0.5)!.Value, 6);
        Assert.Equal(0.1, DurationBuckets.Quantile(counts, 0.9)!.Value, 6);
        Assert.Equal(1_500, DurationBuckets.Quantile(counts, 0.99));
        Assert.Null(DurationBuckets.Quantile(new long[DurationBuckets.Count], 0.5));
    }
}
