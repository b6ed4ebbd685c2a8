using Gateway.Persistence.Operations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Access;

/// <summary>Who changed what.</summary>
public static class ActionsApi
{
    /// <summary>Maps <c>GET /api/operator-actions</c>.</summary>
    public static void MapOperatorActions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/operator-actions", ListAsync).ForViewers().WithTags("operator-actions")
            .WithSummary("What operators changed, the latest first");

    private static async Task<Results<Ok<List<OperatorAction>>, ProblemHttpResult>> ListAsync(
        ActionSearch actions, [FromQuery] string? limit, CancellationToken cancellationToken) =>
        (await actions.FindAsync(limit, cancellationToken)).ToHttp(TypedResults.Ok);
}
