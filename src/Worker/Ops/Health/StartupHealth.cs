using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>
/// Whether the worker has come up: once the database had its tables and the bus consumed its queues, both at the same time, it stays so. What goes
/// away later is the ready probe's.
/// </summary>
public sealed class StartupHealth(DatabaseHealth database, BusHealth bus) : IHealthCheck
{
    private volatile bool _isUp;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_isUp)
        {
            return HealthCheckResult.Healthy();
        }

        HealthCheckResult[] parts = [await database.CheckHealthAsync(context, cancellationToken), await bus.CheckHealthAsync(context, cancellationToken)];
        _isUp = parts.All(part => part.Status == HealthStatus.Healthy);
        return _isUp
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Join("; ", parts.Select(part => part.Description).OfType<string>()));
    }
}
