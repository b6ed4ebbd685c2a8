using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>
/// The probes: <c>/healthz/live</c> answers while the process runs, <c>/healthz/startup</c> once bus and database have been there, and
/// <c>/healthz/ready</c> while they are. A worker that is degraded is ready: another one would fare no better.
/// </summary>
public static class HealthSetup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Adds the checks.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<DatabaseHealth>();
        services.AddSingleton<BusHealth>();
        services.AddSingleton<BrokerHealth>();
        services.AddSingleton<RedisHealth>();
        services.AddSingleton<ClockHealth>();
        services.AddSingleton<StartupHealth>();
        services.AddHostedService(provider => provider.GetRequiredService<StartupHealth>());
        services.AddHealthChecks()
            .AddCheck<DatabaseHealth>("database", tags: ["ready"], timeout: Patience)
            .AddCheck<BusHealth>("bus", tags: ["ready"])
            .AddCheck<BrokerHealth>("broker", tags: ["ready"])
            .AddCheck<RedisHealth>("redis", tags: ["ready"])
            .AddCheck<ClockHealth>("clock", tags: ["ready"])
            .AddCheck<StartupHealth>("startup", tags: ["startup"], timeout: Patience);
        // MassTransit's own check takes a paused queue for a broken one.
        services.Configure<HealthCheckServiceOptions>(checks =>
        {
            foreach (var own in checks.Registrations.Where(check => check.Name.StartsWith("masstransit", StringComparison.Ordinal))
                .ToArray())
            {
                checks.Registrations.Remove(own);
            }
        });
        return services;
    }

    /// <summary>Maps the probes; they need no key.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var probes = app.MapGroup("/healthz").AllowAnonymous();
        probes.MapHealthChecks("/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        probes.MapHealthChecks("/startup", OfChecks("startup"));
        probes.MapHealthChecks("/ready", OfChecks("ready"));
    }

    private static HealthCheckOptions OfChecks(string tag) => new()
    {
        Predicate = check => check.Tags.Contains(tag),
        ResponseWriter = WriteAsync,
    };

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new HealthResponse(
            report.Status.ToString().ToLowerInvariant(),
            report.Entries.ToDictionary(
                e => e.Key, e => new HealthResponse.Check(e.Value.Status.ToString().ToLowerInvariant(), e.Value.Description))),
        context.RequestAborted);
}
