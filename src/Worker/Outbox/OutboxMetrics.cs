using System.Diagnostics.Metrics;
using Gateway.Persistence.Outbox;

namespace Gateway.Worker.Outbox;

/// <summary>
/// <c>gateway.outbox.messages</c> and <c>gateway.outbox.oldest_age</c> (seconds; 0 when none waits), read from the database every
/// 15 seconds. While the database is away they have no value.
/// </summary>
public sealed class OutboxMetrics : BackgroundService
{
    /// <summary>The meter of the worker's own instruments.</summary>
    public const string MeterName = "Gateway.Worker";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly OutboxReader _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger<OutboxMetrics> _logger;
    private OutboxState? _state;

    /// <summary>Creates the instruments.</summary>
    public OutboxMetrics(OutboxReader outbox, IMeterFactory meters, TimeProvider time, ILogger<OutboxMetrics> logger)
    {
        (_outbox, _time, _logger) = (outbox, time, logger);
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "gateway.outbox.messages", () => Measured(state => (double)state.Waiting), "{message}", "Messages that wait to be published.");
        meter.CreateObservableGauge(
            "gateway.outbox.oldest_age", () => Measured(AgeOf), "s", "Age of the oldest message that waits to be published.");
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            try
            {
                _state = await _outbox.ReadAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                _state = null;
                Log.NotMeasured(_logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private double AgeOf(OutboxState state) => state.OldestAt is { } oldest ? Math.Max(0, (_time.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : 0;

    private IEnumerable<Measurement<double>> Measured(Func<OutboxState, double> value) => _state is { } state ? [new(value(state))] : [];
}
