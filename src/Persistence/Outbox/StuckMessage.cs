namespace Gateway.Persistence.Outbox;

/// <summary>A message that others have passed.</summary>
/// <param name="Position">As in <see cref="OutboxMessage.Position"/>.</param>
/// <param name="MessageId">As in <see cref="OutboxMessage.MessageId"/>.</param>
/// <param name="MessageType">As in <see cref="OutboxMessage.MessageType"/>.</param>
/// <param name="OrderingKey">As in <see cref="OutboxMessage.OrderingKey"/>.</param>
/// <param name="CreatedAt">When it was written, UTC.</param>
/// <param name="Bytes">The length of its body.</param>
/// <param name="Reason">Why the broker refuses it, or why it cannot be read.</param>
/// <param name="Refusals">How often the broker refused it; 0 when it cannot be read.</param>
/// <param name="NotBefore">UTC; when it is tried again; null when it is not, because it cannot be read.</param>
public sealed record StuckMessage(
    long Position,
    Guid MessageId,
    string MessageType,
    string OrderingKey,
    DateTime CreatedAt,
    int Bytes,
    string Reason,
    short Refusals,
    DateTime? NotBefore);
