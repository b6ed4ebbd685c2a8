using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Ops.Bulk;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Puts dead letters back into their queues, as if nobody had tried them.</summary>
public sealed class DeadLetterRequeue(DeadLetterSearch search, BulkOrders orders)
{
    /// <summary>Puts one letter back.</summary>
    /// <param name="id">The letter's id, as text.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<BulkOrder>> RequeueOneAsync(string id, string by, CancellationToken cancellationToken)
    {
        var found = await search.FindDeadAsync(id, cancellationToken);
        if (found is not { Value: { } letter })
        {
            return found.Refusal!;
        }

        return await orders.BeginOneAsync(letter.LetterId, by, cancellationToken) is { } order
            ? Result.UnderWay(order, $"requeue {order.Job.BulkJobId} of job {letter.JobId} of merchant {letter.MerchantId}")
            : await search.FindTakenAsync(letter.LetterId, cancellationToken);
    }

    /// <summary>Puts back all that match.</summary>
    /// <param name="filter">Chooses the letters.</param>
    /// <param name="ratePerSecond">How many a second; null for as many as the servers take.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public Task<Result<BulkOrder>> RequeueManyAsync(
        DeadLetterFilter filter, int? ratePerSecond, string by, CancellationToken cancellationToken) =>
        orders.BeginAsync(BulkKind.Requeue, filter, ratePerSecond, by, cancellationToken);
}
