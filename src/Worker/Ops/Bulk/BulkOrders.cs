using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.Bulk;

/// <summary>What operators asked to be done with all that match: begun, watched, stopped, resumed.</summary>
public sealed class BulkOrders(BulkJobStore jobs, DeadLetterStore letters, BrokerAlarms alarms, TimeProvider time)
{
    private const int MostPerSecond = 1_000;
    private const int MostListed = 100;

    /// <summary>The latest bulk jobs.</summary>
    public async Task<IReadOnlyList<BulkOrder>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await jobs.ListAsync(MostListed, cancellationToken)).Select(Show)];

    /// <summary>Those that are running, the oldest first.</summary>
    public async Task<IReadOnlyList<BulkOrder>> ListRunningAsync(CancellationToken cancellationToken) =>
        [.. (await jobs.ListRunningAsync(cancellationToken)).Select(Show)];

    /// <summary>How far one bulk job is.</summary>
    /// <param name="id">The job's id, as text.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<BulkOrder>> FindAsync(string id, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var jobId) && await jobs.FindAsync(jobId, cancellationToken) is { } job
            ? Show(job)
            : Refusal.NotFound("Bulk job not found", $"There is no bulk job '{id}'.");

    /// <summary>Does no more of one; what is done stays so.</summary>
    /// <param name="id">The job's id, as text.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<BulkOrder>> StopAsync(string id, string by, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var jobId))
        {
            await jobs.StopAsync(jobId, by, time.GetUtcNow().UtcDateTime, cancellationToken);
        }

        return await FindAsync(id, cancellationToken);
    }

    /// <summary>Goes on with one that was stopped, from where it was.</summary>
    /// <param name="id">The job's id, as text.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<BulkOrder>> ResumeAsync(string id, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var jobId))
        {
            await jobs.ResumeAsync(jobId, time.GetUtcNow().UtcDateTime, cancellationToken);
        }

        return await FindAsync(id, cancellationToken) switch
        {
            { Value.Job: { State: BulkState.Done } done } => Refusal.Conflict(
                "Nothing to resume", $"The bulk job {done.BulkJobId} is at its end."),
            var found => found,
        };
    }

    /// <summary>Why nothing can be done at a rate; null when it can.</summary>
    internal static string? ComplaintOf(int? ratePerSecond) => ratePerSecond is < 1 or > MostPerSecond
        ? $"rate_per_second {ratePerSecond} is not a number from 1 to {MostPerSecond}."
        : null;

    /// <summary>Begins with all dead letters that match and that are dead by now.</summary>
    internal async Task<Result<BulkOrder>> BeginAsync(
        BulkKind kind, DeadLetterFilter filter, int? ratePerSecond, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        filter = filter with { To = filter.To < now ? filter.To : now };
        var total = await letters.CountAsync(filter, cancellationToken);
        return await BeginAsync(New(kind, filter, ratePerSecond, total, by, now), cancellationToken);
    }

    /// <summary>Adds a bulk job, which the workers begin at once.</summary>
    internal async Task<Result<BulkOrder>> BeginAsync(BulkJob job, CancellationToken cancellationToken)
    {
        await jobs.AddAsync(job, cancellationToken);
        return UnderWay(job);
    }

    /// <summary>Begins to put back one letter; null when somebody has dealt with it.</summary>
    internal async Task<BulkOrder?> BeginOneAsync(Guid letterId, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var job = New(BulkKind.Requeue, new DeadLetterFilter { LetterId = letterId, To = now }, null, total: 1, by, now);
        return await jobs.AddForLetterAsync(job, cancellationToken) ? Show(job) : null;
    }

    private static BulkJob New(BulkKind kind, DeadLetterFilter filter, int? ratePerSecond, int total, string by, DateTime now) => new()
    {
        BulkJobId = Guid.CreateVersion7(now),
        Kind = kind,
        LetterId = filter.LetterId,
        Queue = filter.Queue,
        MerchantId = filter.MerchantId,
        Event = filter.Event,
        Reason = filter.Reason,
        From = filter.From,
        To = filter.To ?? now,
        RatePerSecond = ratePerSecond,
        Total = total,
        NextAt = now,
        CreatedBy = by,
        CreatedAt = now,
        UpdatedAt = now,
    };

    private Result<BulkOrder> UnderWay(BulkJob job) =>
        Result.UnderWay(Show(job), $"{BulkResponse.WordOf(job.Kind)} {job.BulkJobId} of {job.Total}");

    private BulkOrder Show(BulkJob job) =>
        new(job, job is { State: BulkState.Running, Kind: not BulkKind.Drop } ? alarms.Reason : null);
}
