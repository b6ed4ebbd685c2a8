using Gateway.Worker.Webhooks.Register;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>Degraded while Redis is away or takes no writes: webhooks are delivered, and duplicates are not recognised.</summary>
public sealed class RedisHealth(RedisWatch redis) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(redis.Trouble is { } trouble
            ? HealthCheckResult.Degraded($"Redis is of no use, so duplicates are not recognised: {trouble}")
            : HealthCheckResult.Healthy());
}
