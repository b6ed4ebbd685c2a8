using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Worker.Bus;
using MassTransit;
using RabbitMQ.Client;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>A message as it lies in an error queue: in MassTransit's envelope, plain JSON, or nothing that can be read.</summary>
internal sealed class DeadLetterMessage
{
    // What tells of the failures, and would make the next one the last.
    private static readonly string[] Traces = ["MT-Fault-", "MT-Reason", "MT-Redelivery-Count", "MT-Host-", "MT-Scheduling-TokenId", "Gateway-Attempts", EnqueuedAt.Header];

    private readonly ReadOnlyMemory<byte> _body;
    private readonly IReadOnlyBasicProperties _properties;
    private readonly bool _isEnveloped;

    public DeadLetterMessage(string queue, BasicGetResult got)
    {
        (Queue, _body, _properties) = (queue, got.Body.ToArray(), got.BasicProperties);
        DeliveryTag = got.DeliveryTag;
        Id = got.BasicProperties.MessageId is { Length: > 0 and <= 128 } id
            ? id
            : Convert.ToHexStringLower(SHA256.HashData(got.Body.Span)[..16]);
        try
        {
            using var document = JsonDocument.Parse(_body);
            var root = document.RootElement;
            _isEnveloped = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messageType", out _) && root.TryGetProperty("message", out _);
            Content = (_isEnveloped ? root.GetProperty("message") : root).Clone();
        }
        catch (JsonException)
        {
            // It is here because nobody can read it; its error says so.
        }

        JobId = IsWebhook ? GuidOf(Content, "delivery_id") : Guid.TryParse(Id, out var messageId) ? messageId : null;
        MerchantId = IsWebhook ? TextOf(Content, "merchant_id") : null;
        Event = IsWebhook ? TextOf(Content, "event") : null;
    }

    public string Queue { get; }

    public ulong DeliveryTag { get; }

    public string Id { get; }

    public Guid? JobId { get; }

    public string? MerchantId { get; }

    public string? Event { get; }

    public string? Reason => Header("MT-Reason");

    public string? Error => Header(MessageHeaders.FaultMessage);

    public string? FailedAt => Header(MessageHeaders.FaultTimestamp);

    public string? Attempts => Header("Gateway-Attempts");

    public bool IsWebhook => Queue is QueueNames.Webhooks or QueueNames.WebhooksRetry;

    /// <summary>The contract message; null when it is no JSON.</summary>
    public JsonElement? Content { get; }

    /// <summary>A webhook starts from its first attempt, so in the first queue.</summary>
    public string Destination => IsWebhook ? QueueNames.Webhooks : Queue;

    /// <summary>The message as if nobody had tried it: without the traces of its failures, a webhook with no attempt made. Payloads stay byte for byte.</summary>
    /// <param name="now">From when on it is in its queue.</param>
    public (BasicProperties Properties, ReadOnlyMemory<byte> Body) Anew(DateTimeOffset now)
    {
        var properties = new BasicProperties(_properties)
        {
            Persistent = true,
            Expiration = null,
            Headers = (_properties.Headers ?? new Dictionary<string, object?>())
                .Where(header => !IsTrace(header.Key))
                .ToDictionary(header => header.Key, header => header.Value),
        };
        // The publisher's timestamp stays, and tells of the first time.
        properties.Headers[EnqueuedAt.Header] = EnqueuedAt.Format(now.UtcDateTime);
        if (Content is not { ValueKind: JsonValueKind.Object })
        {
            return (properties, _body);
        }

        using var document = JsonDocument.Parse(_body);
        var buffer = new ArrayBufferWriter<byte>(_body.Length);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (_isEnveloped)
            {
                WriteEnvelope(writer, document.RootElement);
            }
            else
            {
                WriteContent(writer, document.RootElement);
            }
        }

        return (properties, buffer.WrittenMemory);
    }

    private void WriteEnvelope(Utf8JsonWriter writer, JsonElement envelope)
    {
        writer.WriteStartObject();
        foreach (var property in envelope.EnumerateObject())
        {
            // It is in the queue from now on, and not since it was first sent.
            if (property.Name == "sentTime")
            {
                continue;
            }

            writer.WritePropertyName(property.Name);
            switch (property.Name)
            {
                case "message":
                    WriteContent(writer, property.Value);
                    break;
                case "headers" when property.Value.ValueKind == JsonValueKind.Object:
                    WriteWithout(writer, property.Value, IsTrace);
                    break;
                default:
                    WriteRaw(writer, property.Value);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    private void WriteContent(Utf8JsonWriter writer, JsonElement content)
    {
        if (!IsWebhook || content.ValueKind != JsonValueKind.Object)
        {
            WriteRaw(writer, content);
            return;
        }

        WriteWithout(writer, content, name => name == "attempt");
    }

    private static void WriteWithout(Utf8JsonWriter writer, JsonElement element, Func<string, bool> isLeftOut)
    {
        writer.WriteStartObject();
        foreach (var property in element.EnumerateObject().Where(property => !isLeftOut(property.Name)))
        {
            writer.WritePropertyName(property.Name);
            WriteRaw(writer, property.Value);
        }

        writer.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter writer, JsonElement value) => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    private static bool IsTrace(string header) => Traces.Any(trace => header.StartsWith(trace, StringComparison.OrdinalIgnoreCase));

    private string? Header(string name)
    {
        var value = _properties.Headers?.TryGetValue(name, out var header) == true ? header : null;
        return value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : value?.ToString();
    }

    private static string? TextOf(JsonElement? content, string name) =>
        content is { ValueKind: JsonValueKind.Object } && content.Value.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static Guid? GuidOf(JsonElement? content, string name) => Guid.TryParse(TextOf(content, name), out var id) ? id : null;
}
