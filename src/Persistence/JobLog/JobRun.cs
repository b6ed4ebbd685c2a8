using Gateway.Persistence.Conversion;

namespace Gateway.Persistence.JobLog;

/// <summary>One attempt of one job: a row of <c>job_runs</c>, written once and never changed.</summary>
public sealed class JobRun
{
    internal const int ShortLength = 64;
    internal const int NameLength = 255;
    internal const int DetailLength = 1024;

    /// <summary>The most characters of a <see cref="Reference"/>.</summary>
    public const int ReferenceLength = 200;

    /// <summary>Identifies the row; a UUID v7, so that a job's runs sort by time.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The job, such as a webhook's delivery id.</summary>
    public required Guid JobId { get; init; }

    /// <summary>The type of the job, such as <c>webhook:delivery</c>, at most 64 characters.</summary>
    public required string JobType { get; init; }

    /// <summary>The queue from which it was taken, at most 64 characters.</summary>
    public required string Queue { get; init; }

    /// <summary>The number of the attempt, from 1; 0 on the row that says a job was published over the API or sent again.</summary>
    public required int Attempt { get; init; }

    /// <summary>
    /// How often the job had been sent again from its first attempt, from 0. What a later round says about the job wins over an earlier
    /// one.
    /// </summary>
    public short Round { get; init; }

    /// <summary>The state of the job after this attempt.</summary>
    public required JobState State { get; init; }

    /// <summary>Why it failed or was skipped, as one word of a fixed list of at most 64 characters; null after a success.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status of a webhook's answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The first 1 KiB of the answer, or of the error.</summary>
    public string? Detail { get; init; }

    /// <summary>The merchant whom the job concerns, as text, at most 255 characters.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event that a webhook tells, at most 255 characters.</summary>
    public string? Event { get; init; }

    /// <summary>What a webhook is about, such as a payment's id, at most 200 characters; null where its payload does not say.</summary>
    public string? Reference { get; init; }

    /// <summary>When the attempt started, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required int DurationMs { get; init; }

    /// <summary>The trace in which it was made, its 16 bytes in their order (W3C Trace Context); null where nothing is traced.</summary>
    public Guid? TraceId { get; init; }

    /// <summary>What to keep beside the row, so that the webhook can be sent again.</summary>
    public KeptWebhook? Webhook { get; init; }

    /// <summary>
    /// The row that says that a job was published over the API or sent again, so that it can be looked up before its first attempt.
    /// </summary>
    /// <param name="at">When it was published.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="jobType">Its type.</param>
    /// <param name="queue">The queue of its message.</param>
    /// <param name="merchantId">The merchant whom it concerns.</param>
    /// <param name="event">The event that it tells.</param>
    /// <param name="round">How often it had been sent again, this time included.</param>
    /// <param name="reason">The word for why it is sent again.</param>
    /// <param name="runId">Identifies the row; default: <see cref="JobLog.RunId.At"/> the same time.</param>
    /// <param name="reference">What a webhook is about; null where nothing tells it.</param>
    public static JobRun Queued(
        DateTimeOffset at,
        Guid jobId,
        string jobType,
        string queue,
        string? merchantId = null,
        string? @event = null,
        short round = 0,
        string? reason = null,
        Guid? runId = null,
        string? reference = null) => new()
        {
            RunId = runId ?? JobLog.RunId.At(at),
            JobId = jobId,
            JobType = jobType,
            Queue = queue,
            Attempt = 0,
            Round = round,
            State = JobState.Queued,
            Reason = reason,
            MerchantId = merchantId,
            Event = @event,
            Reference = reference,
            StartedAt = at.UtcDateTime,
            DurationMs = 0,
        };

    /// <summary>
    /// The row as a database takes it: what a stranger's answer may hold and PostgreSQL refuses is replaced, long text is cut.
    /// </summary>
    /// <exception cref="ArgumentException"><see cref="StartedAt"/> is not UTC.</exception>
    internal JobRun Storable()
    {
        _ = UtcTime.Checked(StartedAt);
        var (jobType, queue) = (StorableText.From(JobType, ShortLength), StorableText.From(Queue, ShortLength));
        var (reason, detail) = (StorableText.From(Reason, ShortLength), StorableText.From(Detail, DetailLength));
        var (merchantId, @event) = (StorableText.From(MerchantId, NameLength), StorableText.From(Event, NameLength));
        var reference = StorableText.From(Reference, ReferenceLength);
        if (ReferenceEquals(jobType, JobType) && ReferenceEquals(queue, Queue) && ReferenceEquals(reason, Reason)
            && ReferenceEquals(detail, Detail) && ReferenceEquals(merchantId, MerchantId) && ReferenceEquals(@event, Event)
            && ReferenceEquals(reference, Reference))
        {
            return this;
        }

        return new JobRun
        {
            RunId = RunId,
            JobId = JobId,
            JobType = jobType,
            Queue = queue,
            Attempt = Attempt,
            Round = Round,
            State = State,
            Reason = reason,
            StatusCode = StatusCode,
            Detail = detail,
            MerchantId = merchantId,
            Event = @event,
            Reference = reference,
            StartedAt = StartedAt,
            DurationMs = DurationMs,
            TraceId = TraceId,
            Webhook = Webhook,
        };
    }
}
