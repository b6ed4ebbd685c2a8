using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>The probes: <c>/healthz/live</c> answers while the process runs, <c>/healthz/ready</c> while bus and database do.</summary>
public static class HealthSetup
{
    /// <summary>Adds the checks.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<DatabaseHealth>("database", tags: ["ready"], timeout: TimeSpan.FromSeconds(5))
            .AddCheck<BusHealth>("bus", tags: ["ready"]);
        // MassTransit's own check takes a paused queue for a broken one.
        services.Configure<HealthCheckServiceOptions>(checks =>
        {
            foreach (var own in checks.Registrations.Where(check => check.Name.StartsWith("masstransit", StringComparison.Ordinal)).ToArray())
            {
                checks.Registrations.Remove(own);
            }
        });
        return services;
    }

    /// <summary>Maps the probes; they need no key.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/healthz/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        app.MapHealthChecks("/healthz/ready", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains("ready"),
            ResponseWriter = WriteAsync,
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable },
        });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new HealthAnswer(
            report.Status.ToString().ToLowerInvariant(),
            report.Entries.ToDictionary(e => e.Key, e => new HealthAnswer.Check(e.Value.Status.ToString().ToLowerInvariant(), e.Value.Description))),
        context.RequestAborted);
}
