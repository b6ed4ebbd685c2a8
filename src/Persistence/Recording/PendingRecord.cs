namespace Gateway.Persistence.Recording;

/// <summary>A row on its way into the database, and the caller who waits for it.</summary>
internal sealed class PendingRecord : TaskCompletionSource<bool>
{
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;

    /// <remarks>
    /// Continuations run elsewhere: a consumer that acknowledges its message must not hold up the writer.
    /// </remarks>
    public PendingRecord(JobRecord record, CancellationToken cancellationToken)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Record = record;
        _cancellationToken = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static (pending, token) => ((PendingRecord)pending!).TrySetCanceled(token), this);
    }

    public JobRecord Record { get; }

    /// <param name="isTurnedAway">Whether its webhook could not enter the waiting room.</param>
    public void Written(bool isTurnedAway)
    {
        _registration.Unregister();
        TrySetResult(!isTurnedAway);
    }

    public void Refused(Exception exception)
    {
        _registration.Unregister();
        TrySetException(exception);
    }

    /// <summary>The host stopped before the row could be written. False when the row had been written, or the caller had gone.</summary>
    public bool Abandoned()
    {
        _registration.Unregister();
        return TrySetCanceled(_cancellationToken);
    }
}
