using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Finds jobs, the newest first.</summary>
public sealed class JobSearch(JobHistory history)
{
    /// <summary>One page.</summary>
    public Task<JobPage> FindAsync(JobQuery query, CancellationToken cancellationToken) =>
        history.ListForReaderAsync(query.Filter, query.After, query.Count, cancellationToken);
}
