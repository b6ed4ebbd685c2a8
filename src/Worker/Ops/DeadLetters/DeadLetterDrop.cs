using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Drops dead letters, for good.</summary>
public sealed class DeadLetterDrop(DeadLetterSearch search, DeadLetterStore letters, TimeProvider time)
{
    /// <summary>Drops one.</summary>
    /// <param name="id">The letter's id, as text.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<Unit>> DropOneAsync(string id, string by, CancellationToken cancellationToken)
    {
        var found = await search.FindDeadAsync(id, cancellationToken);
        if (found is not { Value: { } letter })
        {
            return found.Refusal!;
        }

        return await letters.DropAsync(letter.LetterId, by, time.GetUtcNow().UtcDateTime, cancellationToken)
            ? Result.Done(default(Unit), $"dropped job {letter.JobId} of merchant {letter.MerchantId}: {letter.Error}")
            : await search.FindTakenAsync(letter.LetterId, cancellationToken);
    }

    /// <summary>Drops all that match.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends it; what is dropped by then stays so.</param>
    public async Task<Result<DroppedResponse>> DropManyAsync(DeadLetterFilter filter, string by, CancellationToken cancellationToken)
    {
        var dropped = await letters.DropAsync(filter, by, time.GetUtcNow().UtcDateTime, cancellationToken);
        return Result.Done(new DroppedResponse(dropped), $"dropped {dropped}");
    }
}
