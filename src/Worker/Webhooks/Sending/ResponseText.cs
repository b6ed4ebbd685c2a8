using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>Makes text that PostgreSQL stores and a log line survives out of the bytes that a stranger answered.</summary>
public static class ResponseText
{
    /// <summary>How many bytes of an answer are kept.</summary>
    public const int MaxBytes = 1024;

    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>
    /// The first <see cref="MaxBytes"/> of <paramref name="answer"/> read as UTF-8, or null when it is empty. What is no UTF-8 becomes
    /// U+FFFD; control characters and line breaks become spaces; a character that the cut would split is left out.
    /// </summary>
    public static string? From(ReadOnlySpan<byte> answer)
    {
        if (answer.IsEmpty)
        {
            return null;
        }

        var isCut = answer.Length > MaxBytes;
        var kept = isCut ? answer[..MaxBytes] : answer;
        return kept.ContainsAnyExcept(PlainBytes) ? Clean(kept, isCut) : Encoding.ASCII.GetString(kept);
    }

    private static string Clean(ReadOnlySpan<byte> bytes, bool isCut)
    {
        // No UTF-8 sequence has more UTF-16 units than bytes.
        Span<char> text = stackalloc char[MaxBytes];
        var length = 0;
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData && isCut)
            {
                break;
            }

            length += Printable(rune).EncodeToUtf16(text[length..]);
            bytes = bytes[consumed..];
        }

        return new string(text[..length]);
    }

    private static Rune Printable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => new Rune(' '),

        // Marks that turn the direction of what follows can make a log line read as another one.
        UnicodeCategory.Format when rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => Rune.ReplacementChar,
        _ => rune,
    };
}
