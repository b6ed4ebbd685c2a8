using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.DeadLetters;

/// <summary>
/// A message that no attempt will be made for unless somebody asks: a row of <c>dead_letters</c>. It does not age; an operator puts it back
/// or drops it.
/// </summary>
public sealed class DeadLetter
{
    /// <summary>
    /// The letter. The same failure of the same message always has the same id, so that a letter that is taken in twice is one.
    /// </summary>
    public required Guid LetterId { get; init; }

    /// <summary>UTC; when the last attempt failed, or when the message was taken in.</summary>
    public required DateTime DiedAt { get; init; }

    /// <summary>The queue from which it was taken, at most 64 characters.</summary>
    public required string Queue { get; init; }

    /// <summary>Whether it waited in the queue for skipped messages, which no consumer takes.</summary>
    public bool WasSkipped { get; init; }

    /// <summary>The job; null when the message does not tell.</summary>
    public Guid? JobId { get; init; }

    /// <summary>The merchant's id as text, at most 255 characters.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event of a webhook, at most 255 characters.</summary>
    public string? Event { get; init; }

    /// <summary>Why, as one word of at most 64 characters, such as <c>exhausted</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>The error, at most 1,024 characters.</summary>
    public string? Error { get; init; }

    /// <summary>How many attempts were made; null when that is not known.</summary>
    public int? Attempts { get; init; }

    /// <summary>
    /// The message byte for byte; null for a webhook whose attempts ended, which is in <c>kept_webhooks</c>, and after a drop.
    /// </summary>
    public byte[]? Body { get; init; }

    /// <summary>The message's properties and headers as JSON, UTF-8; null where <see cref="Body"/> is.</summary>
    public byte[]? Headers { get; init; }

    /// <summary>Where the letter stands.</summary>
    public DeadLetterState State { get; set; }

    /// <summary>The name of the key of the operator who changed the state last, at most 64 characters.</summary>
    public string? ChangedBy { get; set; }

    /// <summary>UTC; when the state changed last.</summary>
    public DateTime? ChangedAt { get; set; }

    /// <summary>The bulk job that puts it back, or that put it back or dropped it.</summary>
    public Guid? BulkJobId { get; set; }

    /// <summary>The id alone: a payload must not get into a log.</summary>
    public override string ToString() => $"dead letter {LetterId} of {Queue}";
}

internal sealed class DeadLetterConfiguration : IEntityTypeConfiguration<DeadLetter>
{
    public void Configure(EntityTypeBuilder<DeadLetter> builder)
    {
        builder.ToTable("dead_letters");
        builder.HasKey(l => l.LetterId);
        builder.Property(l => l.LetterId).ValueGeneratedNever();

        // What operators look at, the oldest first.
        builder.HasIndex(l => l.DiedAt).HasFilter($"state = {(short)DeadLetterState.Dead}");
        builder.HasIndex(l => new { l.Queue, l.DiedAt }).HasFilter($"state = {(short)DeadLetterState.Dead}");
        builder.HasIndex(l => new { l.MerchantId, l.DiedAt }).HasFilter($"state = {(short)DeadLetterState.Dead}");

        // What a worker is to put back.
        builder.HasIndex(l => l.BulkJobId).HasFilter($"state = {(short)DeadLetterState.Requeueing}");
        builder.HasIndex(l => l.JobId);

        // What is removed when it is old.
        builder.HasIndex(l => l.ChangedAt)
            .HasFilter($"state in ({(short)DeadLetterState.Requeued}, {(short)DeadLetterState.Dropped})");

        builder.Property(l => l.Queue).HasMaxLength(JobRun.ShortLength);
        builder.Property(l => l.MerchantId).HasMaxLength(JobRun.NameLength);
        builder.Property(l => l.Event).HasMaxLength(JobRun.NameLength);
        builder.Property(l => l.Reason).HasMaxLength(JobRun.ShortLength);
        builder.Property(l => l.Error).HasMaxLength(JobRun.DetailLength);
        builder.Property(l => l.ChangedBy).HasMaxLength(JobRun.ShortLength);
    }
}
