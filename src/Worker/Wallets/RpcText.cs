using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Worker.Wallets;

/// <summary>Makes what a server wrote fit for a log and a mail.</summary>
internal static partial class RpcText
{
    private const int Longest = 200;

    // Shorter ones are versions and names, such as v2 and solana.
    private const int ShortestSecret = 8;

    /// <summary>One line of at most 200 characters, without control characters and without any part of the URL that may be a key.</summary>
    public static string Clean(string text, Uri url)
    {
        var written = $"{url.PathAndQuery}/{url.UserInfo}";
        var parts = UrlParts().Split($"{Uri.UnescapeDataString(written)}/{written}");
        foreach (var part in parts.Where(part => part.Length >= ShortestSecret))
        {
            text = text.Replace(part, "***", StringComparison.OrdinalIgnoreCase);
        }

        var line = new StringBuilder(Longest);
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= Longest)
            {
                return line.Append('…').ToString();
            }

            var isInvisible = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format;
            line.Append(isInvisible ? " " : rune.ToString());
        }

        return line.ToString().Trim();
    }

    [GeneratedRegex("[/?&=;:@]")]
    private static partial Regex UrlParts();
}
