using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Puts dead letters back into their queues, as if nobody had tried them.</summary>
public sealed class DeadLetterRequeue(DeadLetterSearch search, DeadLetterStore letters, BrokerAlarms alarms, TimeProvider time)
{
    /// <summary>Puts one back.</summary>
    /// <param name="id">The letter's id, as text.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<RequeueOrder>> RequeueOneAsync(string id, string by, CancellationToken cancellationToken)
    {
        var found = await search.FindDeadAsync(id, cancellationToken);
        if (found is not { Value: { } letter })
        {
            return found.Refusal!;
        }

        var now = time.GetUtcNow();
        var requeueId = Guid.CreateVersion7(now);
        return await letters.RequeueAsync(letter.LetterId, requeueId, by, now.UtcDateTime, cancellationToken)
            ? Result.UnderWay(New(requeueId, 1), $"requeue {requeueId} of job {letter.JobId} of merchant {letter.MerchantId}")
            : await search.FindTakenAsync(letter.LetterId, cancellationToken);
    }

    /// <summary>Puts back all that match.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<RequeueOrder>> RequeueManyAsync(DeadLetterFilter filter, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var requeueId = Guid.CreateVersion7(now);
        var total = await letters.RequeueAsync(filter, requeueId, by, now.UtcDateTime, cancellationToken);
        return Result.UnderWay(New(requeueId, total), $"requeue {requeueId} of {total}");
    }

    /// <summary>How far an order is.</summary>
    /// <param name="id">The order's id, as text.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<RequeueOrder>> FindAsync(string id, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var requeueId) && await letters.FindRequeueAsync(requeueId, cancellationToken) is { } progress
            ? Show(requeueId, progress)
            : Refusal.NotFound("Requeue not found", $"No dead letter belongs to a requeue '{id}'.");

    /// <summary>Puts no more of an order back; what is back stays there.</summary>
    /// <param name="id">The order's id, as text.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<RequeueOrder>> StopAsync(string id, string by, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var requeueId))
        {
            await letters.StopRequeueAsync(requeueId, by, time.GetUtcNow().UtcDateTime, cancellationToken);
        }

        return await FindAsync(id, cancellationToken);
    }

    private RequeueOrder New(Guid requeueId, int total) => Show(requeueId, new RequeueProgress(total, 0, total));

    private RequeueOrder Show(Guid requeueId, RequeueProgress progress) =>
        new(requeueId, progress, progress.Waiting > 0 ? alarms.Reason : null);
}
