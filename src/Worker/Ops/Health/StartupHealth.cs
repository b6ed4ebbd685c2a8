using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>
/// Whether the worker has come up: once the database had its tables and the bus consumed its queues, both at the same time, it stays so,
/// whether or not somebody asked just then. What goes away later is the ready probe's, and so is a queue that somebody has declared
/// otherwise: a worker started anew would find it again.
/// </summary>
public sealed class StartupHealth(DatabaseHealth database, BusHealth bus, TimeProvider time) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private volatile bool _isUp;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_isUp)
        {
            return HealthCheckResult.Healthy();
        }

        HealthCheckResult[] parts =
        [
            await database.CheckHealthAsync(context, cancellationToken),
            await bus.CheckHealthAsync(context, cancellationToken),
        ];
        if (parts.All(part => part.Status != HealthStatus.Unhealthy))
        {
            _isUp = true;
            return HealthCheckResult.Healthy();
        }

        return HealthCheckResult.Unhealthy(string.Join("; ", parts.Select(part => part.Description).OfType<string>()));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (!_isUp && await timer.WaitForNextTickAsync(stoppingToken))
        {
            await CheckHealthAsync(new HealthCheckContext(), stoppingToken);
        }
    }
}
