using System.IO.Compression;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>The content codings of RFC 9110 section 8.4.1 that servers use without being asked.</summary>
internal static class ContentCoding
{
    /// <summary>
    /// Opens the decoder of one coding; null when it is unknown or a list of several, which is not worth unpacking for a KiB of text.
    /// </summary>
    public static Stream? Open(string coding, byte[] body, int length)
    {
        var encoded = new MemoryStream(body, 0, length, writable: false);
        return coding.Trim().ToLowerInvariant() switch
        {
            "identity" or "" => encoded,
            "gzip" or "x-gzip" => new GZipStream(encoded, CompressionMode.Decompress),
            "br" => new BrotliStream(encoded, CompressionMode.Decompress),
            "deflate" when HasZlibHeader(body, length) => new ZLibStream(encoded, CompressionMode.Decompress),
            "deflate" => new DeflateStream(encoded, CompressionMode.Decompress),
            _ => null,
        };
    }

    /// <summary>"deflate" means the zlib format, but some servers send the bare stream (RFC 1950 section 2.2 tells them apart).</summary>
    private static bool HasZlibHeader(byte[] body, int length) =>
        length >= 2 && (body[0] & 0x0F) == 8 && ((body[0] << 8) | body[1]) % 31 == 0;
}
