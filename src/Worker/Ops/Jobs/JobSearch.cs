using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Finds jobs, the newest first.</summary>
public sealed class JobSearch(JobHistory history, GatewayQueues queues)
{
    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public Result<JobQuery> Read(
        string? state,
        string? queue,
        string? type,
        string? merchantId,
        string? @event,
        string? reference,
        string? from,
        string? to,
        string? cursor,
        string? limit) =>
        JobQuery.Read(queues, state, queue, type, merchantId, @event, reference, from, to, cursor, limit);

    /// <summary>One page, or a refusal where finding it would take the database too long.</summary>
    public async Task<Result<JobPage>> FindAsync(JobQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await history.ListForReaderAsync(query.Filter, query.After, query.Count, cancellationToken);
        }
        catch (FilterTooWideException tooWide)
        {
            return Refusal.Invalid("Too wide a filter", tooWide.Message);
        }
    }
}
