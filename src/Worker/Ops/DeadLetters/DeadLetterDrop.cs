using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Ops.Bulk;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Drops dead letters, for good.</summary>
public sealed class DeadLetterDrop(DeadLetterSearch search, DeadLetterStore letters, BulkOrders orders, TimeProvider time)
{
    /// <summary>Drops one letter.</summary>
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
    /// <param name="filter">Chooses the letters.</param>
    /// <param name="ratePerSecond">How many a second; null for as many as the database takes.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public Task<Result<BulkOrder>> DropManyAsync(
        DeadLetterFilter filter, int? ratePerSecond, string by, CancellationToken cancellationToken) =>
        orders.BeginAsync(BulkKind.Drop, filter, ratePerSecond, by, cancellationToken);
}
