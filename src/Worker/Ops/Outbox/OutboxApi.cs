using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Outbox;

/// <summary>Look at the outbox.</summary>
public static class OutboxApi
{
    /// <summary>Maps <c>GET /api/outbox</c>.</summary>
    public static void MapOutbox(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/outbox", ShowAsync).ForViewers().WithTags("outbox")
            .WithSummary("How many messages wait to be published, for how long, and which are stuck");

    private static async Task<Ok<OutboxResponse>> ShowAsync(OutboxOverview outbox, CancellationToken cancellationToken) =>
        TypedResults.Ok(await outbox.ReadAsync(cancellationToken));
}
