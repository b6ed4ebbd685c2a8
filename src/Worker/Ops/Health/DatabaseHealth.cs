using Gateway.Persistence;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>Whether the database answers, takes writes and has the tables that this version needs.</summary>
public sealed class DatabaseHealth(GatewaySchema schema) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (await schema.IsReadOnlyAsync(cancellationToken))
            {
                return HealthCheckResult.Unhealthy("the database takes no writes: it is a standby, or default_transaction_read_only is on");
            }

            var missing = await schema.FindMissingAsync(cancellationToken);
            return missing.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy(MissingPart.Describe(missing));
        }
        catch (PreviewDatabaseException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("the database does not answer", exception);
        }
    }
}
