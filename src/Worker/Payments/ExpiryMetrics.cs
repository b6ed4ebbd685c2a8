using System.Diagnostics.Metrics;

namespace Gateway.Worker.Payments;

/// <summary>
/// <c>gateway.payments.not_expired</c> by reason: what this worker's last run left that was due. Another worker may have the next run, so a
/// figure is shown for <see cref="Shown"/> and then is 0 again.
/// </summary>
public sealed class ExpiryMetrics : IHostedService
{
    /// <summary>Three of the schedule's ticks, unless it was changed.</summary>
    public static readonly TimeSpan Shown = TimeSpan.FromMinutes(15);

    private readonly TimeProvider _time;
    private volatile Run _last = new(0, []);

    /// <summary>Creates the instrument.</summary>
    public ExpiryMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        meters.Create("Gateway.Worker").CreateObservableGauge(
            "gateway.payments.not_expired",
            Measure,
            "{payment}",
            "Payments that are due and that the worker's last run of the last 15 minutes could not expire, by reason.");
    }

    /// <summary>Shows what a run has left.</summary>
    internal void Left(IEnumerable<NotExpired> payments) =>
        _last = new(
            _time.GetTimestamp(),
            payments.GroupBy(payment => payment.Reason).ToDictionary(reason => reason.Key, reason => reason.First().Count));

    // It is made when the worker starts, so that the figures are there before the first run.
    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<int>> Measure()
    {
        var last = _last;
        var isShown = last.Counts.Count > 0 && _time.GetElapsedTime(last.Timestamp) < Shown;
        return NotExpiredReason.All.Select(reason => new Measurement<int>(
            isShown ? last.Counts.GetValueOrDefault(reason) : 0, new KeyValuePair<string, object?>("reason", reason)));
    }

    private sealed record Run(long Timestamp, Dictionary<string, int> Counts);
}
