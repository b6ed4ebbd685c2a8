using Gateway.Worker.Bus;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>Degraded while RabbitMQ is in alarm: what it has is delivered, and nothing can be published.</summary>
public sealed class BrokerHealth(BrokerAlarms alarms) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(alarms.Reason is { } reason ? HealthCheckResult.Degraded(reason) : HealthCheckResult.Healthy());
}
