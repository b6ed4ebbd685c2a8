using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// A webhook that waits for its next attempt: a row of <c>waiting_webhooks</c>, one for each delivery of a merchant. It stays while the
/// message is on the road (a row of <c>waiting_leases</c> says so), until the commit that records the attempt renews or removes it.
/// </summary>
public sealed class WaitingWebhook
{
    /// <summary>The delivery.</summary>
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>The delivery and its merchant, which name an entry.</summary>
    public DeliveryKey Key => new(DeliveryId, MerchantId);

    /// <summary>UTC; the earliest moment of the next attempt.</summary>
    public required DateTime DueAt { get; set; }

    /// <summary>UTC; since when it waits for this attempt.</summary>
    public required DateTime WaitsSince { get; init; }

    /// <summary>UTC; when the delivery was first put into a queue.</summary>
    public required DateTime EnqueuedAt { get; init; }

    /// <summary>The number of the next attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>As in <see cref="JobRun.Round"/>.</summary>
    public short Round { get; init; }

    /// <summary>Why the webhook waits.</summary>
    public required WaitReason Reason { get; set; }

    /// <summary>How often the worker failed before this attempt could be made.</summary>
    public short Faults { get; init; }

    /// <summary>Whether the broker had handed out the message again when it came to wait: its attempt may have been made already.</summary>
    public bool IsRedelivered { get; init; }

    /// <summary>The event, at most 255 characters.</summary>
    public required string Event { get; init; }

    /// <summary>What it is about, such as a payment's id, at most 200 characters; null where its payload does not say.</summary>
    public string? Reference { get; init; }

    /// <summary>The trace that goes on with the next attempt (<c>traceparent</c>, W3C Trace Context); null when there was none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Why this version of the worker cannot send it; such an entry is kept and passed over. Null for the others.</summary>
    public string? UnreadableReason { get; set; }

    /// <summary>The message as JSON, UTF-8, its payload byte for byte as it was published.</summary>
    public required byte[] Message { get; init; }

    /// <summary>The ids alone: a payload must not get into a log.</summary>
    public override string ToString() => $"webhook {DeliveryId} of merchant {MerchantId}";
}

internal sealed class WaitingWebhookConfiguration : IEntityTypeConfiguration<WaitingWebhook>
{
    public void Configure(EntityTypeBuilder<WaitingWebhook> builder)
    {
        builder.ToTable("waiting_webhooks");

        // By the delivery first, because a job is looked up by it alone.
        builder.HasKey(w => new { w.DeliveryId, w.MerchantId });

        // What a merchant has due, the oldest first.
        builder.HasIndex(w => new { w.MerchantId, w.DueAt });

        // The list of all that wait, and how late the oldest is.
        builder.HasIndex(w => w.DueAt);

        // Before its first attempt it is in no other table.
        builder.HasIndex(w => w.Reference).HasFilter("reference is not null and attempt = 1");

        // Fixed widths first: no padding between columns.
        builder.Property(w => w.DeliveryId).HasColumnOrder(0).ValueGeneratedNever();
        builder.Property(w => w.MerchantId).HasColumnOrder(1).ValueGeneratedNever();
        builder.Property(w => w.DueAt).HasColumnOrder(2);
        builder.Property(w => w.WaitsSince).HasColumnOrder(3);
        builder.Property(w => w.EnqueuedAt).HasColumnOrder(4);
        builder.Property(w => w.Attempt).HasColumnOrder(5);
        builder.Property(w => w.Round).HasColumnOrder(6);
        builder.Property(w => w.Reason).HasColumnOrder(7);
        builder.Property(w => w.Faults).HasColumnOrder(8);
        builder.Property(w => w.IsRedelivered).HasColumnOrder(9);
        builder.Property(w => w.Event).HasColumnOrder(10).HasMaxLength(JobRun.NameLength);
        builder.Property(w => w.TraceParent).HasColumnOrder(11).HasMaxLength(55);
        builder.Property(w => w.UnreadableReason).HasColumnOrder(12).HasMaxLength(JobRun.DetailLength);
        builder.Property(w => w.Message).HasColumnOrder(13);
        builder.Property(w => w.Reference).HasColumnOrder(14).HasMaxLength(JobRun.ReferenceLength).UseCollation("C");
    }
}
