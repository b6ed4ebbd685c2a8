using System.Globalization;
using Gateway.Worker.Workers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>Degraded while this machine's clock differs from the database's: merchants refuse signatures that are minutes off.</summary>
public sealed class ClockHealth(WorkerSigns signs) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(signs.ClockDifference is { } difference && difference.Duration() > WorkerSigns.MostClockDifference
            ? HealthCheckResult.Degraded(string.Create(
                CultureInfo.InvariantCulture, $"this machine's clock is {difference.TotalSeconds:0.0} s ahead of the database's"))
            : HealthCheckResult.Healthy());
}
