using System.Globalization;
using System.Security.Claims;
using Gateway.Worker.Ops;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Authentication;

namespace Gateway.Worker.Dashboard.SignIn;

/// <summary>What the cookie of a visitor says: who it is, until when, and by what he was let in.</summary>
internal static class VisitorCookie
{
    private const string KeyClaim = "key";
    private const string ProviderClaim = "provider";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Somebody who presented a key.</summary>
    public static AuthenticationTicket For(ApiKey key, DateTimeOffset now) =>
        Create(key.Name, key.MayChange, new Claim(KeyClaim, FingerprintOf(key)), now);

    /// <summary>Somebody whom the provider knows.</summary>
    public static AuthenticationTicket For(string name, bool mayChange, OpenIdOptions provider, DateTimeOffset now) =>
        Create(name, mayChange, new Claim(ProviderClaim, provider.Fingerprint), now);

    /// <summary>
    /// Whether what let somebody in still does. Who took a key out of <c>OPS_API_KEYS</c>, or gave it another role, wants no one signed in
    /// by it any more; the same goes for the provider.
    /// </summary>
    public static bool IsStillGood(ClaimsPrincipal visitor, OpsOptions options) =>
        visitor.FindFirst(ProviderClaim)?.Value is { } provider
            ? provider == options.OpenId?.Fingerprint
            : visitor.FindFirst(KeyClaim)?.Value is { } fingerprint && options.Keys.Any(key => FingerprintOf(key) == fingerprint);

    private static AuthenticationTicket Create(string name, bool mayChange, Claim letInBy, DateTimeOffset now)
    {
        var until = now + Lifetime;
        var visitor = OperatorClaims.Create(Visits.SchemeName, name, mayChange);
        ((ClaimsIdentity)visitor.Identity!).AddClaims(
        [
            letInBy,
            new Claim(ClaimTypes.Expiration, until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        ]);
        return new AuthenticationTicket(visitor, new AuthenticationProperties { ExpiresUtc = until }, Visits.SchemeName);
    }

    private static string FingerprintOf(ApiKey key) =>
        $"{(key.MayChange ? "operator" : "viewer")}:{Convert.ToHexStringLower(key.Hash.Span[..8])}";
}
