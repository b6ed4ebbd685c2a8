using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Worker.Bus.Envelopes;

namespace Gateway.Worker.DeadLetters;

/// <summary>What a message says about its job, as far as it can be read, in MassTransit's envelope or without one.</summary>
internal sealed class LetterContent
{
    /// <summary>As deep as it may be: nothing here calls itself for a level.</summary>
    public static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private LetterContent()
    {
    }

    /// <summary>The message's own id, as the envelope has it.</summary>
    public Guid? MessageId { get; private set; }

    /// <summary>When it was sent, as the envelope has it, UTC.</summary>
    public DateTime? SentTime { get; private set; }

    /// <summary>The delivery of a webhook.</summary>
    public Guid? DeliveryId { get; private set; }

    /// <summary>The merchant of a webhook.</summary>
    public string? MerchantId { get; private set; }

    /// <summary>The event of a webhook.</summary>
    public string? Event { get; private set; }

    /// <summary>The attempts that had been made of a webhook when its message was sent.</summary>
    public int? Attempt { get; private set; }

    /// <summary>Reads what there is, up to the first byte that is no JSON.</summary>
    public static LetterContent Read(ReadOnlySpan<byte> body)
    {
        var content = new LetterContent();
        var json = new Utf8JsonReader(ByteOrderMark.Skip(body), AnyDepth);
        try
        {
            if (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                content.ReadObject(ref json, isEnvelope: true);
            }
        }
        catch (JsonException)
        {
            // What came before is known.
        }

        return content;
    }

    /// <summary>
    /// A string or name as text. What is no text in it, such as half of a surrogate pair, stays as it is written or is replaced.
    /// </summary>
    public static string TextOf(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(json.ValueSpan);
        }
    }

    private void ReadObject(ref Utf8JsonReader json, bool isEnvelope)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = TextOf(ref json);
            json.Read();
            switch (name)
            {
                case "messageId" when isEnvelope:
                    MessageId = ReadGuid(ref json) ?? MessageId;
                    break;
                case "sentTime" when isEnvelope:
                    SentTime = json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var sentTime)
                        ? sentTime.UtcDateTime
                        : SentTime;
                    break;
                case "delivery_id":
                    DeliveryId = ReadGuid(ref json) ?? DeliveryId;
                    break;
                case "merchant_id":
                    MerchantId = ReadText(ref json) is { } merchant ? DeliverWebhook.MerchantIdOf(merchant) : MerchantId;
                    break;
                case "event":
                    Event = ReadText(ref json) ?? Event;
                    break;
                case "attempt":
                    Attempt = ReadCount(ref json) ?? Attempt;
                    break;
                case "message" when isEnvelope && json.TokenType == JsonTokenType.StartObject:
                    ReadObject(ref json, isEnvelope: false);
                    break;
            }

            // Where an object was looked into, this is its end, and nothing is skipped.
            json.Skip();
        }
    }

    private static int? ReadCount(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var count) && count >= 0 ? count : null;

    private static string? ReadText(ref Utf8JsonReader json) => json.TokenType == JsonTokenType.String ? TextOf(ref json) : null;

    private static Guid? ReadGuid(ref Utf8JsonReader json) => Guid.TryParse(ReadText(ref json), out var id) ? id : null;
}
