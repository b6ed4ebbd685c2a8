using System.Text;
using MassTransit;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// The three bytes that some publishers put before UTF-8, and that no JSON begins with (RFC 8259, section 8.1: a reader may ignore them).
/// </summary>
internal static class ByteOrderMark
{
    /// <summary>The bytes after it.</summary>
    public static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> body) =>
        body.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;

    /// <summary>The body without it; the same one where it has none.</summary>
    public static MessageBody Skip(MessageBody body) =>
        Skip(body.GetBytes()) is var json && json.Length == body.GetBytes().Length ? body : new BytesMessageBody(json.ToArray());
}
