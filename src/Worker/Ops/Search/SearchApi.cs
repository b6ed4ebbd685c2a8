using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Search;

/// <summary>Find something by what is at hand.</summary>
public static class SearchApi
{
    /// <summary>Maps <c>GET /api/search</c>.</summary>
    public static void MapSearch(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/search", FindAsync).WithTags("search").ForViewers()
            .WithSummary(
                "Payments, payouts, merchants and jobs by id, payment reference, order id, transaction hash, "
                + "the reference of a webhook, or a part of a merchant's name");

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> FindAsync(
        [FromQuery] string? q, Finder finder, CancellationToken cancellationToken) =>
        (await finder.FindAsync(q, cancellationToken)).ToHttp(TypedResults.Ok);
}
