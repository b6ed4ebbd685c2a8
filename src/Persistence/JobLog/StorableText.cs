using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gateway.Persistence.JobLog;

/// <summary>Text that PostgreSQL takes. It refuses NUL, and half of a surrogate pair has no UTF-8.</summary>
internal static class StorableText
{
    /// <summary>The text itself when nothing has to change, which is nearly always.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? From(string? text, int maxLength)
    {
        if (text is null || (text.Length <= maxLength && !text.Contains('\0') && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')))
        {
            return text;
        }

        var clean = new StringBuilder(Math.Min(text.Length, maxLength));

        // EnumerateRunes gives U+FFFD for a lone surrogate.
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > maxLength)
            {
                break;
            }

            if (rune.Value != 0)
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }
}
