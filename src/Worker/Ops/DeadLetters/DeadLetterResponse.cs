using System.Text.Json;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Jobs;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>A dead letter as the API shows it.</summary>
public sealed record DeadLetterResponse
{
    /// <summary>Names the letter.</summary>
    public required Guid Id { get; init; }

    /// <summary>The queue from which it was taken.</summary>
    public required string Queue { get; init; }

    /// <summary>Where it stands: dead, requeueing, requeued or dropped.</summary>
    public required string State { get; init; }

    /// <summary>The job, when the message tells.</summary>
    public Guid? JobId { get; init; }

    /// <summary>The job's type; null where the queue's messages are no jobs.</summary>
    public string? JobType { get; init; }

    /// <summary>The merchant of a webhook.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event of a webhook.</summary>
    public string? Event { get; init; }

    /// <summary>Why it is here, in one word such as <c>exhausted</c> or <c>invalid_event</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>What went wrong, in words.</summary>
    public string? Error { get; init; }

    /// <summary>When the last attempt failed, UTC.</summary>
    public required DateTime DiedAt { get; init; }

    /// <summary>Where the job stands by the job log: a letter whose job has succeeded since needs nothing more.</summary>
    public string? JobState { get; init; }

    /// <summary>How many attempts were made; null when that is not known.</summary>
    public int? AttemptsMade { get; init; }

    /// <summary>Every attempt that the job log knows, the oldest first.</summary>
    public required IReadOnlyList<AttemptResponse> Attempts { get; init; }

    /// <summary>Who changed its state last.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>When its state changed last, UTC.</summary>
    public DateTime? ChangedAt { get; init; }

    /// <summary>The bulk job that puts it back, or that put it back or dropped it.</summary>
    public Guid? BulkJobId { get; init; }

    /// <summary>What the message says; for operators only.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>The message's bytes, where they are not such that they can be shown as <see cref="Payload"/>; for operators only.</summary>
    public byte[]? BodyBase64 { get; init; }

    /// <summary>Why there is no <see cref="Payload"/>; for operators only.</summary>
    public string? Unreadable { get; init; }

    /// <summary>The message's properties and headers; for operators only.</summary>
    public JsonElement? Headers { get; init; }

    internal static DeadLetterResponse From(StoredLetter stored, GatewayQueues queues, bool showsPayload)
    {
        var letter = stored.Letter;
        var made = stored.Runs.Count(run => run.Attempt > 0);
        var answer = new DeadLetterResponse
        {
            Id = letter.LetterId,
            Queue = letter.Queue,
            State = letter.State.ToString().ToLowerInvariant(),
            JobId = letter.JobId,
            JobType = queues.JobTypeOf(letter.Queue),
            MerchantId = letter.MerchantId,
            Event = letter.Event,
            Reason = letter.Reason,
            Error = letter.Error,
            DiedAt = letter.DiedAt,
            JobState = stored.Runs is [.., var last] ? last.State.ToString().ToLowerInvariant() : null,
            AttemptsMade = letter.Attempts ?? (made > 0 ? made : null),
            Attempts = [.. stored.Runs.Where(run => run.State != Gateway.Persistence.JobLog.JobState.Queued).Select(AttemptResponse.From)],
            ChangedBy = letter.ChangedBy,
            ChangedAt = letter.ChangedAt,
            BulkJobId = letter.BulkJobId,
        };
        if (!showsPayload)
        {
            return answer;
        }

        var payload = LetterPayload.From(stored);
        return answer with
        {
            Payload = payload.Json,
            BodyBase64 = payload.Bytes,
            Unreadable = payload.Unreadable,
            Headers = letter.Headers is { } headers ? JsonElement.Parse(headers) : null,
        };
    }
}
