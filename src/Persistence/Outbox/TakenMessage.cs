namespace Gateway.Persistence.Outbox;

/// <summary>A message of an <see cref="OutboxBatch"/>.</summary>
/// <param name="Position">As in <see cref="OutboxMessage.Position"/>.</param>
/// <param name="MessageId">As in <see cref="OutboxMessage.MessageId"/>.</param>
/// <param name="MessageType">As in <see cref="OutboxMessage.MessageType"/>.</param>
/// <param name="OrderingKey">As in <see cref="OutboxMessage.OrderingKey"/>.</param>
/// <param name="Body">As in <see cref="OutboxMessage.Body"/>.</param>
/// <param name="MustArrive">As in <see cref="OutboxMessage.MustArrive"/>.</param>
/// <param name="TraceParent">As in <see cref="OutboxMessage.TraceParent"/>.</param>
/// <param name="MustWait">Whether an earlier message of its key is with another worker.</param>
/// <param name="Refusals">As in <see cref="OutboxMessage.Refusals"/>.</param>
/// <param name="IsSuspect">Whether the broker, when it was tried last, did not return it but confirmed nothing: it may keep others from
/// being confirmed.</param>
public sealed record TakenMessage(
    long Position,
    Guid MessageId,
    string MessageType,
    string OrderingKey,
    string Body,
    bool MustArrive,
    string? TraceParent,
    bool MustWait,
    short Refusals,
    bool IsSuspect);
