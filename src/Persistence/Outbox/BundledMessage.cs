using System.Text.Json;

namespace Gateway.Persistence.Outbox;

/// <summary>
/// One of several messages of one contract that a commit has put into one row of the outbox. They are published one by one, under their own
/// ids, and in no order.
/// </summary>
/// <param name="MessageId">The message's id on the bus.</param>
/// <param name="TraceParent">The span in which it was written; null when there was none.</param>
/// <param name="Message">The contract as JSON.</param>
public sealed record BundledMessage(Guid MessageId, string? TraceParent, JsonElement Message)
{
    private const string Mark = "[]";

    /// <summary>The contract of a row's messages, whether it is one or several.</summary>
    /// <param name="messageType"><see cref="OutboxMessage.MessageType"/>.</param>
    /// <param name="isBundle">Whether the row's body is a list of these.</param>
    public static string ContractOf(string messageType, out bool isBundle)
    {
        isBundle = messageType.EndsWith(Mark, StringComparison.Ordinal);
        return isBundle ? messageType[..^Mark.Length] : messageType;
    }

    /// <summary>Makes one row of several messages of one contract.</summary>
    internal static OutboxMessage Bundle(IReadOnlyList<OutboxMessage> messages, string orderingKey) => new()
    {
        MessageId = messages[0].MessageId,
        MessageType = messages[0].MessageType + Mark,
        OrderingKey = orderingKey,
        Body = JsonSerializer.Serialize(messages.Select(message =>
            new BundledMessage(message.MessageId, message.TraceParent, JsonElement.Parse(message.Body)))),
        MustArrive = messages[0].MustArrive,
        CreatedAt = messages[0].CreatedAt,
    };
}
