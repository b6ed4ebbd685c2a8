using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Servers;

/// <summary>Degraded while a server is too old for this version, or not what the configuration takes it for: the worker works on.</summary>
public sealed class ServersHealth(ServersAtStart? servers = null) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(servers?.Complaints is { Count: > 0 } complaints
            ? HealthCheckResult.Degraded(string.Join("; ", complaints))
            : HealthCheckResult.Healthy());
}
