using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Finds jobs, the newest first.</summary>
public sealed class JobSearch(JobHistory history)
{
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
