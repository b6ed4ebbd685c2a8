using System.Globalization;
using System.Security.Claims;
using System.Text;

namespace Gateway.Worker.Ops.Access;

/// <summary>Somebody who has signed in at the provider of OpenID Connect.</summary>
/// <param name="Name">The name that the trail of changes gives: <c>oidc:</c> and what the provider calls the person.</param>
/// <param name="MayChange">True for an operator, false for a viewer, null for somebody who has neither role.</param>
/// <param name="Subject">What the provider calls the person for good (<c>sub</c>), whatever his name is.</param>
public sealed record Person(string Name, bool? MayChange, string Subject)
{
    // No key can be called so, since a colon ends the name of a key: nobody passes for one by calling himself like it.
    private const string Prefix = "oidc:";

    // What the trail keeps of a name.
    private const int LongestName = 64;

    /// <summary>The claims that may hold the name, the best first. The last one is always there.</summary>
    public static IReadOnlyList<string> NameClaims { get; } = ["preferred_username", "email", "sub"];

    /// <summary>Reads what the provider says. Whoever has both roles is an operator.</summary>
    public static Person From(ClaimsPrincipal claims, OpenIdOptions options)
    {
        var name = NameClaims.Select(claim => Readable(claims.FindFirst(claim)?.Value)).FirstOrDefault(text => text.Length > 0);
        return new Person(
            Prefix + (name ?? "unknown"),
            claims.HasClaim(options.RoleClaim, options.OperatorRole) ? true
                : claims.HasClaim(options.RoleClaim, options.ViewerRole) ? false
                : null,
            Readable(claims.FindFirst("sub")?.Value));
    }

    // On one line, and without what is not seen: in many a provider people choose their names themselves.
    private static string Readable(string? text)
    {
        var readable = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            var isSeen = rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (isSeen && Prefix.Length + readable.Length + rune.Utf16SequenceLength <= LongestName)
            {
                readable.Append(rune.ToString());
            }
        }

        return readable.ToString().Trim();
    }
}
