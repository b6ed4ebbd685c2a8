using System.Diagnostics.Metrics;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>
/// <c>gateway.waiting.webhooks</c> by reason, <c>gateway.waiting.oldest_due_age</c> and <c>gateway.waiting.unreadable</c>. Every worker
/// tells the same.
/// </summary>
public sealed class WaitingMetrics : BackgroundService
{
    private readonly PolledFigures<WaitingFigures> _waiting;

    /// <summary>Creates the instruments.</summary>
    public WaitingMetrics(
        WaitingCounts counts, MetricsOptions options, IMeterFactory meters, TimeProvider time, ILogger<WaitingMetrics> logger)
    {
        _waiting = new("the waiting room", counts.ReadFreshAsync, options.Interval, time, logger);
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge(
            "gateway.waiting.webhooks",
            () => _waiting.Measured(figures => Enum.GetValues<WaitReason>().Select(reason => new Measurement<long>(
                figures.ByReason.GetValueOrDefault(reason), new KeyValuePair<string, object?>("reason", reason.Word())))),
            "{webhook}",
            "Webhooks that wait in the database for their next attempt.");
        meter.CreateObservableGauge(
            "gateway.waiting.oldest_due_age",
            () => _waiting.Measured<double>(figures => [new(figures.OldestDueAge.TotalSeconds)]),
            "s",
            "How late the oldest due webhook is of merchants who are not held and have nothing on the road; 0 when none is due.");
        meter.CreateObservableGauge(
            "gateway.waiting.unreadable",
            () => _waiting.Measured<long>(figures => [new(figures.Unreadable)]),
            "{webhook}",
            "Webhooks that wait and that this version of the worker cannot read.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _waiting.PollAsync(stoppingToken);
}
