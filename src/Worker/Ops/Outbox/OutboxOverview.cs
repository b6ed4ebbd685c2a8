using Gateway.Persistence.Outbox;

namespace Gateway.Worker.Ops.Outbox;

/// <summary>Shows what waits in the outbox.</summary>
public sealed class OutboxOverview(OutboxReader outbox, TimeProvider time)
{
    private const int MostStuck = 20;

    /// <summary>How many messages wait to be published, for how long, and which are stuck.</summary>
    public async Task<OutboxResponse> ReadAsync(CancellationToken cancellationToken)
    {
        var state = await outbox.ReadAsync(cancellationToken);
        var age = state.OldestAt is { } oldest ? Math.Max(0, (time.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : (double?)null;
        var stuck = state.Refused + state.Unreadable > 0 ? await outbox.ListStuckAsync(MostStuck, cancellationToken) : [];
        return new OutboxResponse(state.Waiting, age, state.Unreadable, state.Refused, stuck);
    }
}
