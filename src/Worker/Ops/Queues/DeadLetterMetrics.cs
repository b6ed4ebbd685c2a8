using System.Diagnostics.Metrics;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.DeadLetters;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;

namespace Gateway.Worker.Ops.Queues;

/// <summary>
/// <c>gateway.dead_letters</c>, <c>gateway.dead_letters.oldest_age</c> and <c>gateway.error_queue.messages</c>, each by queue. The figures
/// are of all workers, and every worker tells the same.
/// </summary>
public sealed class DeadLetterMetrics : BackgroundService
{
    private readonly PolledFigures<IReadOnlyList<DeadLetterCount>> _letters;
    private readonly PolledFigures<IReadOnlyDictionary<string, long>> _errorQueues;

    /// <summary>Creates the instruments.</summary>
    public DeadLetterMetrics(
        DeadLetterCounts letters,
        GatewayQueues queues,
        MetricsOptions options,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<DeadLetterMetrics> logger,
        BrokerQueues? broker = null)
    {
        var meter = meters.Create("Gateway.Worker");
        _letters = new("dead letters", letters.ReadFreshAsync, options.Interval, time, logger);
        meter.CreateObservableGauge(
            "gateway.dead_letters",
            () => _letters.Measured(counts => EachQueue(queues, counts, letter => letter?.Count ?? 0)),
            "{letter}",
            "Dead letters with which nobody has dealt.");
        meter.CreateObservableGauge(
            "gateway.dead_letters.oldest_age",
            () => _letters.Measured(counts => EachQueue(queues, counts, letter => AgeOf(letter, time.GetUtcNow().UtcDateTime))),
            "s",
            "How long ago the oldest of them died; 0 when there is none.");
        // In memory they are taken in at once.
        Func<CancellationToken, Task<IReadOnlyDictionary<string, long>>> read = broker is null
            ? _ => Task.FromResult<IReadOnlyDictionary<string, long>>(queues.Names.ToDictionary(queue => queue, _ => 0L))
            : broker.ReadDeadAsync;
        _errorQueues = new("error queues", read, options.Interval, time, logger);
        meter.CreateObservableGauge(
            "gateway.error_queue.messages",
            () => _errorQueues.Measured(depths => depths.Select(depth => MeasurementOf(depth.Key, depth.Value))),
            "{message}",
            "Messages in the broker's error and skipped queues that were not taken in as dead letters yet.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_letters.PollAsync(stoppingToken), _errorQueues.PollAsync(stoppingToken));

    private static double AgeOf(DeadLetterCount? letters, DateTime now) =>
        letters is null ? 0 : Math.Max(0, (now - letters.OldestAt).TotalSeconds);

    private static IEnumerable<Measurement<T>> EachQueue<T>(
        GatewayQueues queues, IReadOnlyList<DeadLetterCount> counts, Func<DeadLetterCount?, T> figure)
        where T : struct =>
        queues.Names.Select(queue => MeasurementOf(queue, figure(counts.FirstOrDefault(count => count.Queue == queue))));

    private static Measurement<T> MeasurementOf<T>(string queue, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("queue", queue));
}
