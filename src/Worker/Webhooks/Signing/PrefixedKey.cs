using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>The form that Standard Webhooks gives its keys: a prefix that tells the kind, then base64 with its padding.</summary>
internal static class PrefixedKey
{
    /// <summary>
    /// Decodes the base64 behind the prefix; false when the prefix is another, or there is nothing, or no base64, behind it.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, string prefix, [NotNullWhen(true)] out byte[]? key)
    {
        key = null;
        if (!text.StartsWith(prefix, StringComparison.Ordinal) || !Base64.IsValid(text[prefix.Length..], out var length) || length == 0)
        {
            return false;
        }

        key = new byte[length];
        return Convert.TryFromBase64Chars(text[prefix.Length..], key, out _);
    }
}
