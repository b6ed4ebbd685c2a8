using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using MassTransit;
using MassTransit.Transports;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>
/// Whether the buses are connected and consume their queues. A queue that an operator has paused is not consumed, and that is as it should
/// be; one that somebody has declared otherwise is a matter for a human, and no reason to have another worker.
/// </summary>
public sealed class BusHealth(IEnumerable<IBusInstance> buses, GatedQueues queues, DeclaredOtherwise? declaredOtherwise = null)
    : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        BusHealthResult[] healths = [.. buses.Select(bus => bus.BusControl.CheckHealth())];
        var health = healths.MinBy(part => part.Status)!;
        string[] paused = [.. queues.All.Where(queue => queue.IsPaused).Select(queue => queue.Queue)];
        var troubled = healths.SelectMany(part => part.Endpoints)
            .Where(e => e.Value.Status != BusHealthStatus.Healthy && !paused.Contains(QueueNames.JobQueueOf(new Uri(e.Key))))
            .ToArray();
        if (health.Status == BusHealthStatus.Healthy
            || (paused.Length > 0 && troubled.Length == 0 && healths.All(part => part.Endpoints.Count > 0)))
        {
            return Task.FromResult(HealthCheckResult.Healthy(paused.Length > 0 ? $"paused: {string.Join(", ", paused)}" : null));
        }

        var description = troubled.Length > 0
            ? $"not consumed: {string.Join(", ", troubled.Select(e => QueueNames.From(new Uri(e.Key))))}"
            : health.Description;
        // Another worker would find the queue as it is.
        var isMatterOfDeclaration = troubled.Length > 0 && troubled.All(e => declaredOtherwise?.Has(new Uri(e.Key)) is true);
        return Task.FromResult(isMatterOfDeclaration
            ? HealthCheckResult.Degraded($"{description}; declared with other arguments, see the log")
            : HealthCheckResult.Unhealthy(description, health.Exception));
    }
}
