using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// An envelope that was read in one pass. Who sent it is read when somebody asks, which hardly anybody does, and the message as what it is
/// and not as JSON first.
/// </summary>
internal sealed class Envelope : MessageEnvelope
{
    // The library takes names in any case; what is not written as it writes them is left to it.
    private static readonly HashSet<string> NamesInAnyCase = new(StringComparer.OrdinalIgnoreCase)
    {
        "messageId", "requestId", "correlationId", "conversationId", "initiatorId", "sourceAddress", "destinationAddress",
        "responseAddress",
        "faultAddress", "messageType", "message", "expirationTime", "sentTime", "headers", "host",
    };

    private readonly byte[] _body;
    private Range? _message;
    private Range? _host;
    private bool _isUsual = true;

    private Envelope(byte[] body) => _body = body;

    /// <inheritdoc/>
    public string? MessageId { get; private set; }

    /// <inheritdoc/>
    public string? RequestId { get; private set; }

    /// <inheritdoc/>
    public string? CorrelationId { get; private set; }

    /// <inheritdoc/>
    public string? ConversationId { get; private set; }

    /// <inheritdoc/>
    public string? InitiatorId { get; private set; }

    /// <inheritdoc/>
    public string? SourceAddress { get; private set; }

    /// <inheritdoc/>
    public string? DestinationAddress { get; private set; }

    /// <inheritdoc/>
    public string? ResponseAddress { get; private set; }

    /// <inheritdoc/>
    public string? FaultAddress { get; private set; }

    /// <inheritdoc/>
    public string[] MessageType { get; private set; } = [];

    /// <inheritdoc/>
    public DateTime? ExpirationTime { get; private set; }

    /// <inheritdoc/>
    public DateTime? SentTime { get; private set; }

    /// <inheritdoc/>
    public object? Message => field ??= JsonSerializer.Deserialize<JsonElement>(MessageJson, Options);

    /// <inheritdoc/>
    public Dictionary<string, object?>? Headers { get; private set; }

    /// <summary>Who sent it; null when that cannot be read, for which no message is refused.</summary>
    public HostInfo? Host => field ??= ReadHost();

    /// <summary>The message as its publisher wrote it, UTF-8.</summary>
    public ReadOnlySpan<byte> MessageJson => _body.AsSpan(_message!.Value);

    private static JsonSerializerOptions Options => SystemTextJsonMessageSerializer.Options;

    /// <summary>Reads an envelope; null when it is none, or not written as MassTransit writes it.</summary>
    public static Envelope? Read(byte[] body)
    {
        try
        {
            var envelope = new Envelope(body);
            return envelope.TryRead() ? envelope : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or no text in a string. Whoever reads it next says so.
            return null;
        }
    }

    private bool TryRead()
    {
        var json = new Utf8JsonReader(_body);
        json.Read();
        _isUsual = json.TokenType == JsonTokenType.StartObject;
        while (_isUsual && json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            ReadProperty(ref json);
        }

        // To the end, where the reader finds what should not follow.
        return _isUsual && !json.Read() && _message is not null;
    }

    private void ReadProperty(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("messageId"u8))
        {
            MessageId = ReadText(ref json);
        }
        else if (json.ValueTextEquals("requestId"u8))
        {
            RequestId = ReadText(ref json);
        }
        else if (json.ValueTextEquals("correlationId"u8))
        {
            CorrelationId = ReadText(ref json);
        }
        else if (json.ValueTextEquals("conversationId"u8))
        {
            ConversationId = ReadText(ref json);
        }
        else if (json.ValueTextEquals("initiatorId"u8))
        {
            InitiatorId = ReadText(ref json);
        }
        else if (json.ValueTextEquals("sourceAddress"u8))
        {
            SourceAddress = ReadText(ref json);
        }
        else if (json.ValueTextEquals("destinationAddress"u8))
        {
            DestinationAddress = ReadText(ref json);
        }
        else if (json.ValueTextEquals("responseAddress"u8))
        {
            ResponseAddress = ReadText(ref json);
        }
        else if (json.ValueTextEquals("faultAddress"u8))
        {
            FaultAddress = ReadText(ref json);
        }
        else if (json.ValueTextEquals("messageType"u8))
        {
            MessageType = ReadTypes(ref json);
        }
        else if (json.ValueTextEquals("message"u8))
        {
            _message = FindPart(ref json);
            _isUsual &= json.TokenType != JsonTokenType.Null;
        }
        else if (json.ValueTextEquals("expirationTime"u8))
        {
            ExpirationTime = ReadTime(ref json);
        }
        else if (json.ValueTextEquals("sentTime"u8))
        {
            SentTime = ReadTime(ref json);
        }
        else if (json.ValueTextEquals("headers"u8))
        {
            Headers = ReadHeaders(FindPart(ref json));
        }
        else if (json.ValueTextEquals("host"u8))
        {
            _host = FindPart(ref json);
        }
        else
        {
            _isUsual &= !NamesInAnyCase.Contains(json.GetString()!);
            json.Read();
            json.Skip();
        }
    }

    private string? ReadText(ref Utf8JsonReader json)
    {
        json.Read();
        _isUsual &= json.TokenType is JsonTokenType.String or JsonTokenType.Null;
        return _isUsual ? json.GetString() : null;
    }

    private DateTime? ReadTime(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String && json.TryGetDateTime(out var time))
        {
            return time;
        }

        _isUsual &= json.TokenType == JsonTokenType.Null;
        return null;
    }

    private string[] ReadTypes(ref Utf8JsonReader json)
    {
        json.Read();
        _isUsual &= json.TokenType == JsonTokenType.StartArray;
        var types = new List<string>(1);
        while (_isUsual && json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            _isUsual &= json.TokenType == JsonTokenType.String;
            types.Add(_isUsual ? json.GetString()! : "");
        }

        return [.. types];
    }

    private static Range FindPart(ref Utf8JsonReader json)
    {
        json.Read();
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return start..(int)json.BytesConsumed;
    }

    private Dictionary<string, object?>? ReadHeaders(Range part)
    {
        var json = _body.AsSpan(part);
        return json.SequenceEqual("{}"u8) ? null : JsonSerializer.Deserialize<Dictionary<string, object?>>(json, Options);
    }

    private HostInfo? ReadHost()
    {
        try
        {
            return _host is { } part ? JsonSerializer.Deserialize<HostInfo>(_body.AsSpan(part), Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
