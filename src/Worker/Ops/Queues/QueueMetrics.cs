using System.Diagnostics.Metrics;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;

namespace Gateway.Worker.Ops.Queues;

/// <summary>
/// <c>gateway.queue.messages</c> by queue and state, <c>gateway.queue.oldest_age</c> and <c>gateway.queue.paused</c>. The broker's figures
/// are of all workers, and every worker tells the same.
/// </summary>
public sealed class QueueMetrics : BackgroundService
{
    private readonly PolledFigures<IReadOnlyList<QueueResponse>> _queues;

    /// <summary>Creates the instruments.</summary>
    public QueueMetrics(QueueFigures figures, MetricsOptions options, IMeterFactory meters, TimeProvider time, ILogger<QueueMetrics> logger)
    {
        _queues = new("queues", figures.ReadDepthsAsync, options.Interval, time, logger);
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge(
            "gateway.queue.messages",
            () => _queues.Measured(queues => queues.SelectMany(DepthsOf)),
            "{message}",
            "Messages by state: ready for a worker, active in one, delayed until their next turn, or dead.");
        meter.CreateObservableGauge(
            "gateway.queue.oldest_age",
            () => _queues.Measured(queues => queues
                .Where(queue => queue.OldestWaitingSeconds is not null)
                .Select(queue => MeasurementOf(queue, queue.OldestWaitingSeconds!.Value))),
            "s",
            "How long the message that waits longest has waited at most; 0 when none waits.");
        meter.CreateObservableGauge(
            "gateway.queue.paused",
            () => _queues.Measured(queues => queues.Select(queue => MeasurementOf(queue, queue.Paused ? 1 : 0))),
            null,
            "1 while an operator has paused the queue.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _queues.PollAsync(stoppingToken);

    private static IEnumerable<Measurement<long>> DepthsOf(QueueResponse queue)
    {
        (string State, long? Count)[] depths =
        [
            ("ready", queue.Ready), ("active", queue.Active), ("delayed", queue.Delayed), ("dead", queue.Dead),
        ];
        return depths.Where(depth => depth.Count is not null).Select(depth => new Measurement<long>(
            depth.Count!.Value, new("queue", queue.Queue), new KeyValuePair<string, object?>("state", depth.State)));
    }

    private static Measurement<T> MeasurementOf<T>(QueueResponse queue, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("queue", queue.Queue));
}
