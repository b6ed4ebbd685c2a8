using System.Text.Json;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus.Envelopes;
using Gateway.Worker.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>What a letter says: as JSON where it is such, else as bytes with the reason.</summary>
internal readonly record struct LetterPayload
{
    // An answer may be 64 levels deep, and is a few levels itself.
    private const int Deepest = 56;

    /// <summary>The contract message.</summary>
    public JsonElement? Json { get; private init; }

    /// <summary>The bytes; null when there are none, or too many.</summary>
    public byte[]? Bytes { get; private init; }

    /// <summary>Why it is not shown as JSON.</summary>
    public string? Unreadable { get; private init; }

    public static LetterPayload From(StoredLetter stored)
    {
        if ((stored.Letter.Body ?? (stored.Webhook is { } webhook ? KeptMessage.Write(webhook) : null)) is not { } body)
        {
            return new()
            {
                Unreadable = stored.Letter switch
                {
                    { State: DeadLetterState.Dropped } => "dropped",
                    { Headers: not null } => $"larger than {DeadLetterStore.LargestShown} bytes",
                    _ => "not kept any more",
                },
            };
        }

        var text = ByteOrderMark.Skip(body);
        return Complaint(text) is { } complaint
            ? new() { Bytes = body, Unreadable = complaint }
            : new() { Json = ContentOf(JsonElement.Parse(text)) };
    }

    private static JsonElement ContentOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("messageType", out _)
        && root.TryGetProperty("message", out var message)
            ? message
            : root;

    // A library that reads a text may still refuse to write it.
    private static string? Complaint(ReadOnlySpan<byte> text)
    {
        var json = new Utf8JsonReader(text, LetterContent.AnyDepth);
        var depth = 0;
        try
        {
            while (json.Read())
            {
                depth = Math.Max(depth, json.CurrentDepth);
                if (json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    json.GetString();
                }
            }

            return depth < Deepest ? null : $"nested deeper than {Deepest} levels";
        }
        catch (JsonException)
        {
            return $"no JSON from byte {json.BytesConsumed} on";
        }
        catch (InvalidOperationException)
        {
            return $"text at byte {json.TokenStartIndex} is not Unicode";
        }
    }
}
