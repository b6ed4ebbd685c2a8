using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Outbox;

/// <summary>
/// A message that was written in the transaction of what it tells, and waits to be published. It is published at least once, always
/// under the same id; messages of one <see cref="OrderingKey"/> in the order of their <see cref="Position"/>.
/// </summary>
public sealed class OutboxMessage
{
    /// <summary>
    /// The <see cref="RefusedReason"/> of a message that is never confirmed: RabbitMQ closes the channel of one over
    /// <c>max_message_size</c>, MassTransit opens another and sends it again, and so it keeps others from being confirmed as well.
    /// </summary>
    public const string NotTaken =
        "The broker takes smaller messages and does not take this one. Its log says why: most likely it is over max_message_size.";

    /// <summary>The order of writing; the database counts it up.</summary>
    public long Position { get; init; }

    /// <summary>The message's id on the bus, the same however often it is published.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>The contract's full name, such as <c>Gateway.Contracts.PaymentExpired</c>, at most 255 characters.</summary>
    public required string MessageType { get; init; }

    /// <summary>What it is about, such as a payment's id, at most 255 characters: messages of one key keep their order.</summary>
    public required string OrderingKey { get; init; }

    /// <summary>The contract as JSON.</summary>
    public required string Body { get; init; }

    /// <summary>
    /// True for what asks for work: with no queue to take it, it is kept and tried again. An event that nobody listens to is done.
    /// </summary>
    public required bool MustArrive { get; init; }

    /// <summary>UTC; when it was written.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The span in which it was written (<c>traceparent</c>, W3C Trace Context); null when there was none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Why it cannot be published by this version of the worker; such a message is kept and passed over.</summary>
    public string? UnreadableReason { get; set; }

    /// <summary>
    /// UTC, by the database's clock; until then it belongs to the worker that took it, or is set aside. Null: whoever comes first takes it.
    /// </summary>
    public DateTime? NotBefore { get; set; }

    /// <summary>How often the broker refused it.</summary>
    public short Refusals { get; set; }

    /// <summary>Why, the last time. Such a message has lost its place in the order of its key: those after it do not wait for it.</summary>
    public string? RefusedReason { get; set; }

    /// <summary>A message to be added in the transaction of what it tells.</summary>
    /// <param name="message">The contract message.</param>
    /// <param name="messageId">Its id on the bus: best one that the same event always gets.</param>
    /// <param name="orderingKey">What it is about.</param>
    /// <param name="mustArrive">True for what asks for work, false for an event.</param>
    /// <param name="createdAt">When it is written, UTC.</param>
    public static OutboxMessage Create<TMessage>(TMessage message, Guid messageId, string orderingKey, bool mustArrive, DateTime createdAt)
        where TMessage : class => new()
        {
            MessageId = messageId,
            MessageType = typeof(TMessage).FullName!,
            OrderingKey = orderingKey,
            Body = JsonSerializer.Serialize(message),
            MustArrive = mustArrive,
            CreatedAt = createdAt,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.Id : null,
        };
}

internal sealed class OutboxMessageConfiguration : IEntityTypeConfiguration<OutboxMessage>
{
    public void Configure(EntityTypeBuilder<OutboxMessage> builder)
    {
        builder.ToTable("outbox_messages");
        builder.HasKey(m => m.Position);

        // Tells whether an earlier message of the key is still here, being published by another worker.
        builder.HasIndex(m => new { m.OrderingKey, m.Position });

        // Those that were refused, the one first that is to be tried again first.
        builder.HasIndex(m => m.NotBefore).HasFilter("refused_reason is not null");

        builder.Property(m => m.MessageType).HasMaxLength(255);
        builder.Property(m => m.OrderingKey).HasMaxLength(255);
        builder.Property(m => m.TraceParent).HasMaxLength(55);
        builder.Property(m => m.UnreadableReason).HasMaxLength(1024);
        builder.Property(m => m.Refusals).HasDefaultValue((short)0);
        builder.Property(m => m.RefusedReason).HasMaxLength(1024);
    }
}
