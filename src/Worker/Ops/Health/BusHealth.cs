using Gateway.Worker.Priority;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>Whether the bus is connected and consumes its queues. A queue that an operator has paused is not consumed, and that is as it should be.</summary>
public sealed class BusHealth(IBusControl bus, QueueIntakes intakes) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = bus.CheckHealth();
        string[] paused = [.. intakes.All.Where(intake => intake.IsPaused).Select(intake => intake.Queue)];
        var troubled = health.Endpoints.Where(e => e.Value.Status != BusHealthStatus.Healthy && !paused.Contains(NameOf(e.Key))).ToArray();
        if (health.Status == BusHealthStatus.Healthy || (paused.Length > 0 && troubled.Length == 0 && health.Endpoints.Count > 0))
        {
            return Task.FromResult(HealthCheckResult.Healthy(paused.Length > 0 ? $"paused: {string.Join(", ", paused)}" : null));
        }

        var description = troubled.Length > 0
            ? $"not consumed: {string.Join(", ", troubled.Select(e => NameOf(e.Key)))}"
            : health.Description;
        return Task.FromResult(health.Status == BusHealthStatus.Degraded
            ? HealthCheckResult.Degraded(description, health.Exception)
            : HealthCheckResult.Unhealthy(description, health.Exception));
    }

    private static string NameOf(string address) => Path.GetFileName(new Uri(address).AbsolutePath);
}
