using Gateway.Persistence.Outbox;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Outbox;

/// <summary>Look at the outbox.</summary>
public static class OutboxApi
{
    private const int MostStuck = 20;

    /// <summary>Maps <c>GET /api/outbox</c>.</summary>
    public static void MapOutbox(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/outbox", ShowAsync).ForViewers().WithTags("outbox")
            .WithSummary("How many messages wait to be published, for how long, and which are stuck");

    private static async Task<Ok<OutboxAnswer>> ShowAsync(OutboxReader outbox, TimeProvider time, CancellationToken cancellationToken)
    {
        var state = await outbox.ReadAsync(cancellationToken);
        var age = state.OldestAt is { } oldest ? Math.Max(0, (time.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : (double?)null;
        var stuck = state.Refused + state.Unreadable > 0 ? await outbox.ListStuckAsync(MostStuck, cancellationToken) : [];
        return TypedResults.Ok(new OutboxAnswer(state.Waiting, age, state.Unreadable, state.Refused, stuck));
    }
}
