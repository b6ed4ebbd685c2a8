using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Worker.Ops.Health;
using Gateway.Worker.Ops.Jobs;

namespace Gateway.Worker.Ops;

/// <summary>The HTTP API: JSON in snake_case, errors as problem details (RFC 9457).</summary>
public static class OpsSetup
{
    /// <summary>Adds what the API needs.</summary>
    public static IServiceCollection AddOps(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddOpenApi();
        services.AddHealth();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        return services;
    }

    /// <summary>Maps every route.</summary>
    public static void MapOps(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseMiddleware<ApiKeyCheck>();
        app.MapOpenApi();
        app.MapHealth();
        app.MapJobs();
    }
}
