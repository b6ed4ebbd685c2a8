using Gateway.Persistence.Waiting;

namespace Gateway.Persistence.Recording;

/// <summary>Writes batches of records to one kind of database. Called by one batch at a time.</summary>
internal interface IJobRunWriter : IAsyncDisposable
{
    /// <summary>Commits all records, or none.</summary>
    /// <returns>What could not enter the waiting room, because its place there is taken.</returns>
    Task<IReadOnlySet<WaitingWebhook>> WriteAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken);

    /// <summary>
    /// Commits those records whose runs are not there yet, or none. For a batch whose first commit may have happened unnoticed.
    /// </summary>
    /// <returns>As of <see cref="WriteAsync"/>.</returns>
    Task<IReadOnlySet<WaitingWebhook>> WriteMissingAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken);

    /// <summary>Whether the database answered that a row is not acceptable, so that repeating the batch is of no use.</summary>
    bool IsRefusal(Exception exception);

    /// <summary>Whether the refusal was that a row is there already.</summary>
    bool IsDuplicate(Exception exception);
}
