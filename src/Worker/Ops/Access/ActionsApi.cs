using System.Globalization;
using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Access;

/// <summary>Who changed what.</summary>
public static class ActionsApi
{
    private const int MaxLimit = 500;

    /// <summary>Maps <c>GET /api/operator-actions</c>.</summary>
    public static void MapOperatorActions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/operator-actions", ListAsync).ForViewers().WithTags("operator-actions")
            .WithSummary("What operators changed, the latest first");

    private static async Task<Results<Ok<List<OperatorAction>>, ProblemHttpResult>> ListAsync(
        IDbContextFactory<GatewayDbContext> contexts, [FromQuery] string? limit, CancellationToken cancellationToken)
    {
        var count = 100;
        if (limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
        {
            return Problems.Of(
                StatusCodes.Status400BadRequest, "Not a valid limit", $"limit '{limit}' is not a number from 1 to {MaxLimit}.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return TypedResults.Ok(
            await db.OperatorActions.AsNoTracking().OrderByDescending(a => a.At).Take(count).ToListAsync(cancellationToken));
    }
}
