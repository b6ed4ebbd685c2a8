using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Wallets;

/// <summary>Look at the wallets.</summary>
public static class WalletsApi
{
    /// <summary>Maps <c>GET /api/wallets</c>.</summary>
    public static void MapWallets(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/wallets", ListAsync).ForViewers().WithTags("wallets")
            .WithSummary("What each watched wallet holds, and held over the last days, and when it could not be read");

    private static async Task<Results<Ok<IReadOnlyList<WalletResponse>>, ProblemHttpResult>> ListAsync(
        [FromQuery] string? days, WalletOverview wallets, CancellationToken cancellationToken) =>
        (await wallets.ReadAsync(days, cancellationToken)).ToHttp(TypedResults.Ok);
}
