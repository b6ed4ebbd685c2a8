using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Figures;

/// <summary>Read figures.</summary>
public static class FiguresApi
{
    /// <summary>Maps <c>GET /api/figures</c>.</summary>
    public static void MapFigures(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/figures", ReadAsync).WithTags("figures").ForViewers()
            .WithSummary(
                "Attempts, success rate, retries, rate and durations by queue, type, minute or hour, or by merchant or event; "
                + "without from and to, of the last 24 hours");

    private static async Task<Results<Ok<FiguresResponse>, ProblemHttpResult>> ReadAsync(
        [AsParameters] FiguresRequest request, FigureReport report, CancellationToken cancellationToken) =>
        (await report.ReadAsync(request, cancellationToken)).ToHttp(TypedResults.Ok);
}
