using System.Buffers;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>What is kept of an answer's body.</summary>
/// <param name="Text">The first KiB as text; null when the body was empty or could not be decoded.</param>
/// <param name="IsBomb">True when a compressed body grew beyond <see cref="MaxBytes"/>.</param>
internal readonly record struct ResponseExcerpt(string? Text, bool IsBomb)
{
    /// <summary>How much of a body is read, and how far a compressed one may grow.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>
    /// Reads a short body to its end, so that the connection can be used again. Of a longer one it reads <see cref="MaxBytes"/> and
    /// one more; disposing of the response then drops the connection.
    /// </summary>
    public static async ValueTask<ResponseExcerpt> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength == 0)
        {
            return default;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(MaxBytes + 1);
        try
        {
            var body = await content.ReadAsStreamAsync(cancellationToken);
            var length = 0;
            while (length <= MaxBytes)
            {
                var read = await body.ReadAsync(buffer.AsMemory(length, MaxBytes + 1 - length), cancellationToken);
                if (read == 0)
                {
                    break;
                }

                length += read;
            }

            return content.Headers.NonValidated.TryGetValues("Content-Encoding", out var codings) && length > 0
                ? Decode(buffer, length, codings.ToString())
                : new ResponseExcerpt(ResponseText.From(buffer.AsSpan(0, Math.Min(length, MaxBytes))), IsBomb: false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ResponseExcerpt Decode(byte[] body, int length, string coding)
    {
        using var decoded = ContentCoding.Open(coding, body, length);
        if (decoded is null)
        {
            return default;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(MaxBytes + 1);
        try
        {
            var grown = decoded.ReadAtLeast(buffer.AsSpan(0, MaxBytes + 1), MaxBytes + 1, throwOnEndOfStream: false);
            return grown > MaxBytes
                ? new ResponseExcerpt(Text: null, IsBomb: true)
                : new ResponseExcerpt(ResponseText.From(buffer.AsSpan(0, grown)), IsBomb: false);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            // Malformed, for which BrotliStream throws the second. The status still counts: only the text cannot be kept.
            return default;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
