using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Workers;

/// <summary>Look at the workers.</summary>
public static class WorkersApi
{
    /// <summary>Maps <c>GET /api/workers</c>.</summary>
    public static void MapWorkers(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/workers", ListAsync).ForViewers().WithTags("workers")
            .WithSummary("Each worker with its version, start, slots, jobs in flight and last sign of life");

    private static async Task<Ok<IReadOnlyList<WorkerResponse>>> ListAsync(
        WorkerOverview workers, CancellationToken cancellationToken) => TypedResults.Ok(await workers.ReadAsync(cancellationToken));
}
