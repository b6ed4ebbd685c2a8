using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Envelopes;

namespace Gateway.Worker.DeadLetters;

/// <summary>
/// Takes out of a message what tells of earlier attempts, and would make the next one the last. Everything else stays byte for byte, for
/// a payload may be signed, and its text may be such as no JSON library writes.
/// </summary>
internal static class MessageTraces
{
    private const string TimeName = "occurred_at";

    private static readonly string[] Traces =
    [
        "MT-Fault-", "MT-Reason", "MT-Redelivery-Count", "MT-Host-", "MT-Scheduling-TokenId", "Gateway-",
        "x-death", "x-first-death-", "x-last-death-", "x-delivery-count",
    ];

    /// <summary>Whether a header tells of earlier attempts.</summary>
    public static bool IsTrace(string header) => Traces.Any(trace => header.StartsWith(trace, StringComparison.OrdinalIgnoreCase));

    /// <summary>The message without them.</summary>
    /// <param name="body">In MassTransit's envelope, plain JSON, or nothing that can be read, which stays as it is.</param>
    /// <param name="isWebhook">Whether it asks for a webhook, which says how many attempts were made.</param>
    /// <param name="deliveryId">The webhook's delivery, which keeps its id also where the message has none.</param>
    /// <param name="round">What its envelope says of its round: of a message in one, headers outside of it are not looked at.</param>
    /// <param name="publishedAt">UTC; when it happened, of a webhook that does not say so: its new message is younger than it is.</param>
    public static byte[] Remove(byte[] body, bool isWebhook, Guid? deliveryId, short round, DateTime publishedAt)
    {
        var json = ByteOrderMark.Skip(body).TrimStart(" \t\r\n"u8);
        try
        {
            var root = Read(json);
            var isEnvelope = root.Any(p => p.Name == "messageType") && root.Any(p => p.Name == "message");
            var rewritten = new ArrayBufferWriter<byte>(body.Length + 128);
            if (isEnvelope)
            {
                // It is in the queue from now on, and not since it was first sent.
                var kept = root.Where(p => p.Name is not ("sentTime" or "headers"));
                Write(rewritten, json, kept, isWebhook, deliveryId, publishedAt, HeadersOf(json, root, round));
            }
            else
            {
                WriteContent(rewritten, json, isWebhook, deliveryId, publishedAt);
            }

            return rewritten.WrittenSpan.ToArray();
        }
        catch (JsonException)
        {
            return body;
        }
    }

    private static void WriteContent(
        ArrayBufferWriter<byte> rewritten, ReadOnlySpan<byte> json, bool isWebhook, Guid? deliveryId, DateTime publishedAt)
    {
        if (!isWebhook || json[0] != '{')
        {
            rewritten.Write(json);
            return;
        }

        var properties = Read(json);
        // Null is the same as left out, and names are read in any case.
        var saysWhen = false;
        foreach (var time in properties.Where(IsTime))
        {
            saysWhen = json[time.Value.Start] != (byte)'n';
        }

        rewritten.Write("{"u8);
        foreach (var property in properties.Where(p => p.Name != "attempt"))
        {
            WriteSeparator(rewritten);
            rewritten.Write(json[property.Whole]);
        }

        if (deliveryId is not null && properties.All(p => p.Name != "delivery_id"))
        {
            WriteSeparator(rewritten);
            rewritten.Write(Encoding.UTF8.GetBytes($"\"delivery_id\":\"{deliveryId}\""));
        }

        if (!saysWhen)
        {
            WriteSeparator(rewritten);
            rewritten.Write(Encoding.UTF8.GetBytes($"\"{TimeName}\":\"{publishedAt:O}\""));
        }

        rewritten.Write("}"u8);
    }

    private static void Write(
        ArrayBufferWriter<byte> rewritten,
        ReadOnlySpan<byte> json,
        IEnumerable<Property> properties,
        bool isWebhook,
        Guid? deliveryId,
        DateTime publishedAt,
        ReadOnlySpan<byte> headers)
    {
        rewritten.Write("{"u8);
        foreach (var property in properties)
        {
            WriteSeparator(rewritten);
            if (property.Name == "message")
            {
                rewritten.Write("\"message\":"u8);
                WriteContent(rewritten, json[property.Value], isWebhook, deliveryId, publishedAt);
            }
            else
            {
                rewritten.Write(json[property.Whole]);
            }
        }

        WriteSeparator(rewritten);
        rewritten.Write(headers);
        rewritten.Write("}"u8);
    }

    private static byte[] HeadersOf(ReadOnlySpan<byte> json, IReadOnlyList<Property> root, short round)
    {
        var headers = new ArrayBufferWriter<byte>();
        var own = string.Create(CultureInfo.InvariantCulture, $"\"headers\":{{\"{JobRound.Header}\":\"{round}\"");
        headers.Write(Encoding.UTF8.GetBytes(own));
        if (root.LastOrDefault(p => p.Name == "headers") is { } given && json[given.Value.Start] == '{')
        {
            var table = json[given.Value];
            foreach (var header in Read(table).Where(header => !IsTrace(header.Name)))
            {
                headers.Write(","u8);
                headers.Write(table[header.Whole]);
            }
        }

        headers.Write("}"u8);
        return headers.WrittenSpan.ToArray();
    }

    private static bool IsTime(Property property) => property.Name.Equals(TimeName, StringComparison.OrdinalIgnoreCase);

    private static void WriteSeparator(ArrayBufferWriter<byte> rewritten)
    {
        if (rewritten.WrittenSpan[^1] != '{')
        {
            rewritten.Write(","u8);
        }
    }

    /// <exception cref="JsonException">It is no JSON, or no object.</exception>
    private static List<Property> Read(ReadOnlySpan<byte> text)
    {
        var properties = new List<Property>();
        var json = new Utf8JsonReader(text, LetterContent.AnyDepth);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Not an object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = LetterContent.TextOf(ref json);
            var start = (int)json.TokenStartIndex;
            json.Read();
            var value = (int)json.TokenStartIndex;
            json.Skip();
            properties.Add(new Property(name, start..(int)json.BytesConsumed, value..(int)json.BytesConsumed));
        }

        // To the end, where the reader finds what should not follow.
        json.Read();
        return properties;
    }

    private sealed record Property(string Name, Range Whole, Range Value);
}
