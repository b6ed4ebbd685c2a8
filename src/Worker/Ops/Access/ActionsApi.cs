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
            .WithSummary("What operators changed, the latest first; the action_id of the last one is the cursor of the next page");

    private static async Task<Results<Ok<IReadOnlyList<OperatorAction>>, ProblemHttpResult>> ListAsync(
        ActionSearch actions,
        [FromQuery] string? @operator,
        [FromQuery] string? action,
        [FromQuery] string? target,
        [FromQuery] string? outcome,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery] string? cursor,
        [FromQuery] string? limit,
        CancellationToken cancellationToken)
    {
        var query = ActionQuery.Read(@operator, action, target, outcome, from, to, cursor, limit);
        return query.IsDone
            ? (await actions.FindAsync(query.Value, cancellationToken)).ToHttp(page => TypedResults.Ok(page.Actions))
            : HttpTranslation.ProblemOf(query.Refusal);
    }
}
