using System.Diagnostics.Metrics;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;

namespace Gateway.Worker.Outbox;

/// <summary>
/// <c>gateway.outbox.messages</c>, <c>gateway.outbox.oldest_age</c> (seconds; 0 when none waits) and <c>gateway.outbox.unreadable</c>.
/// Every worker tells the same.
/// </summary>
public sealed class OutboxMetrics : BackgroundService
{
    private readonly PolledFigures<OutboxState> _outbox;
    private readonly TimeProvider _time;

    /// <summary>Creates the instruments.</summary>
    public OutboxMetrics(
        OutboxReader outbox, MetricsOptions options, IMeterFactory meters, TimeProvider time, ILogger<OutboxMetrics> logger)
    {
        _time = time;
        _outbox = new("outbox", outbox.ReadAsync, options.Interval, time, logger);
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge(
            "gateway.outbox.messages",
            () => _outbox.Measured<double>(state => [new(state.Waiting)]),
            "{message}",
            "Messages that wait to be published.");
        meter.CreateObservableGauge(
            "gateway.outbox.oldest_age",
            () => _outbox.Measured<double>(state => [new(AgeOf(state))]),
            "s",
            "Age of the oldest message that waits to be published.");
        meter.CreateObservableGauge(
            "gateway.outbox.unreadable",
            () => _outbox.Measured<double>(state => [new(state.Unreadable)]),
            "{message}",
            "Messages that no worker publishes, because their bodies cannot be read.");
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _outbox.PollAsync(stoppingToken);

    private double AgeOf(OutboxState state) =>
        state.OldestAt is { } oldest ? Math.Max(0, (_time.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : 0;
}
