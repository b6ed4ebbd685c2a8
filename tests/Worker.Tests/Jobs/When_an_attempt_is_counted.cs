using System.Diagnostics.Metrics;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Jobs;

public sealed class When_an_attempt_is_counted : IDisposable
{
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SinceEnqueued = TimeSpan.FromSeconds(60);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _sums = [];
    private readonly JobCounts _counts;

    public When_an_attempt_is_counted()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Sum(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Sum(instrument, value, labels));
        _listener.Start();
        _counts = new JobMetrics(meters).CountsOf("payment:expiry", "periodic");
    }

    [Fact]
    public void Should_count_a_job_that_succeeds_with_its_retry()
    {
        _counts.Attempted(JobState.Retrying, 1, Attempt, SinceEnqueued);
        _counts.Attempted(JobState.Succeeded, 2, Attempt, SinceEnqueued);

        Assert.Equal((1, 1, 1, 0), (Of("attempts", "retrying"), Of("attempts", "succeeded"), Of("retries"), Of("dead_letters")));
        Assert.Equal((2, 2), (Of("duration", "retrying"), Of("duration", "succeeded")));
        Assert.Equal((0, 60), (Of("latency", "retrying"), Of("latency", "succeeded")));
    }

    [Fact]
    public void Should_count_a_job_that_is_given_up()
    {
        _counts.Attempted(JobState.Dead, 6, Attempt, SinceEnqueued);

        Assert.Equal((1, 1, 1, 60), (Of("attempts", "dead"), Of("retries"), Of("dead_letters"), Of("latency", "dead")));
    }

    [Fact]
    public void Should_count_no_time_less_than_none_when_a_clock_is_set_back()
    {
        _counts.Attempted(JobState.Succeeded, 1, -Attempt, -SinceEnqueued);

        Assert.Equal((0, 0), (Of("duration", "succeeded"), Of("latency", "succeeded")));
    }

    [Fact]
    public void Should_count_no_time_for_what_was_not_attempted()
    {
        _counts.Rejected();
        _counts.Skipped();

        Assert.Equal((1, 1, 1), (Of("attempts", "dead"), Of("attempts", "skipped"), Of("dead_letters")));
        Assert.DoesNotContain(_sums.Keys, series => series.Contains("duration", StringComparison.Ordinal) || series.Contains("latency", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_take_the_clock_of_a_publisher_that_is_fast_for_no_time_at_all()
    {
        _counts.Attempted(JobState.Succeeded, 1, Attempt, TimeSpan.FromSeconds(-3));

        Assert.Equal(0, Of("latency", "succeeded"));
    }

    [Fact]
    public void Should_allocate_nothing()
    {
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        _counts.Attempted(JobState.Dead, 2, Attempt, SinceEnqueued);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
        {
            _counts.Attempted(JobState.Dead, 2, Attempt, SinceEnqueued);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private double Of(string instrument, string? outcome = null) => _sums.GetValueOrDefault($"gateway.job.{instrument} payment:expiry periodic {outcome}".TrimEnd());

    private void Sum(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var series = instrument.Name;
        foreach (var label in labels)
        {
            series += $" {label.Value}";
        }

        _sums[series] = _sums.GetValueOrDefault(series) + value;
    }
}
