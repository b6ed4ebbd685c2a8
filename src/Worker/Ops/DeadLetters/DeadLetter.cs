using System.Text.Json;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>A message of an error queue as the API shows it.</summary>
public sealed record DeadLetter
{
    /// <summary>Names the letter in its queue.</summary>
    public required string Id { get; init; }

    /// <summary>The queue whose error queue it is in.</summary>
    public required string Queue { get; init; }

    /// <summary>The job, when the message can be read.</summary>
    public Guid? JobId { get; init; }

    /// <summary>The job's type.</summary>
    public required string JobType { get; init; }

    /// <summary>The merchant of a webhook.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event of a webhook.</summary>
    public string? Event { get; init; }

    /// <summary>Why it is here, in one word such as <c>exhausted</c> or <c>fault</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The error.</summary>
    public string? Error { get; init; }

    /// <summary>When the last attempt failed, as the header says it.</summary>
    public string? FailedAt { get; init; }

    /// <summary>Where the job stands by the job log: a letter whose job has succeeded since needs nothing more.</summary>
    public string? JobState { get; init; }

    /// <summary>Every failed attempt of a webhook.</summary>
    public JsonElement? Attempts { get; init; }

    /// <summary>What the message says; for operators only.</summary>
    public JsonElement? Payload { get; init; }
}
