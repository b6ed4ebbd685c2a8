using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MassTransit;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// Names a webhook whose publisher gave it no id by what the broker hands out again unchanged: the message's own id, its time and its text.
/// So the merchant sees the same <c>webhook-id</c> however often a worker dies before it acknowledges the message.
/// </summary>
internal static class UnnamedWebhook
{
    private const string IdName = "delivery_id";

    // It has been read already: whatever the library lets pass is no matter here.
    private static readonly JsonReaderOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Its id; null for one that has been given an id.</summary>
    /// <param name="json">The message, UTF-8.</param>
    /// <param name="receiveContext">How it came.</param>
    public static Guid? IdOf(ReadOnlySpan<byte> json, ReceiveContext receiveContext) =>
        HasId(json) ? null : NamedUuid.From($"webhook {IdentityOf(receiveContext)} {Convert.ToHexString(SHA256.HashData(json))}");

    private static string IdentityOf(ReceiveContext receiveContext) =>
        receiveContext.TryGetPayload(out RabbitMqBasicConsumeContext? rabbitMq)
            ? string.Create(CultureInfo.InvariantCulture, $"{rabbitMq.Properties.MessageId} {rabbitMq.Properties.Timestamp.UnixTime}")
            : $"{receiveContext.TransportHeaders.Get<string>(MessageHeaders.MessageId)}";

    // The first property, as a rule.
    private static bool HasId(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Lenient);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Names are read in any case.
            var isId = Ascii.EqualsIgnoreCase(reader.ValueSpan, IdName) || reader.ValueTextEquals(IdName);
            reader.Read();
            if (isId && reader.TokenType != JsonTokenType.Null)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
