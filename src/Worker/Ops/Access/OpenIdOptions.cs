using System.Security.Cryptography;
using System.Text;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// The provider of OpenID Connect at which people sign in. A class and no record: what a record prints of itself would have the secret.
/// </summary>
public sealed class OpenIdOptions
{
    private const string Authority = "OPS_OIDC_AUTHORITY";
    private const string Id = "OPS_OIDC_CLIENT_ID";
    private const string Secret = "OPS_OIDC_CLIENT_SECRET";
    private const string Operators = "OPS_OIDC_OPERATOR_ROLE";

    /// <summary>Its issuer (<c>OPS_OIDC_AUTHORITY</c>), below which its description is: <c>/.well-known/openid-configuration</c>.</summary>
    public required Uri Issuer { get; init; }

    /// <summary>The name under which it knows this worker (<c>OPS_OIDC_CLIENT_ID</c>).</summary>
    public required string ClientId { get; init; }

    /// <summary>How this worker proves that it is it (<c>OPS_OIDC_CLIENT_SECRET</c>).</summary>
    public required string ClientSecret { get; init; }

    /// <summary>What is asked for beside <c>openid</c> (<c>OPS_OIDC_SCOPES</c>).</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The claim that holds one role or a list of them (<c>OPS_OIDC_ROLE_CLAIM</c>).</summary>
    public required string RoleClaim { get; init; }

    /// <summary>The role of those who may read (<c>OPS_OIDC_VIEWER_ROLE</c>).</summary>
    public required string ViewerRole { get; init; }

    /// <summary>The role of those who may change something (<c>OPS_OIDC_OPERATOR_ROLE</c>).</summary>
    public required string OperatorRole { get; init; }

    /// <summary>Changes when somebody who is signed in has to sign in anew: with the provider, or with what its roles mean here.</summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Issuer, ClientId, RoleClaim, ViewerRole, OperatorRole))).AsSpan(..8));

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    /// <returns>Null when no provider is configured.</returns>
    public static OpenIdOptions? Read(Settings settings)
    {
        var provider = new OpenIdOptions
        {
            Issuer = ReadAuthority(settings),
            ClientId = settings.Text(Id, ""),
            ClientSecret = settings.Text(Secret, ""),
            Scopes = settings.Text("OPS_OIDC_SCOPES", "openid profile email").Split(
                [' ', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            RoleClaim = settings.Text("OPS_OIDC_ROLE_CLAIM", "roles"),
            ViewerRole = settings.Text("OPS_OIDC_VIEWER_ROLE", "gateway-viewer"),
            OperatorRole = settings.Text(Operators, "gateway-operator"),
        };
        string[] needed = [Authority, Id, Secret];
        var missing = needed.Where(variable => !settings.IsSet(variable)).ToList();
        if (missing.Count == needed.Length)
        {
            return null;
        }

        foreach (var variable in missing)
        {
            settings.RejectSecret(variable, $"is missing: {string.Join(", ", needed)} are set together or not at all");
        }

        if (provider.ViewerRole == provider.OperatorRole)
        {
            settings.Reject(Operators, provider.OperatorRole, "another role than OPS_OIDC_VIEWER_ROLE");
        }

        return provider;
    }

    // Over http anybody on the way could sign in as anybody.
    private static Uri ReadAuthority(Settings settings)
    {
        var nowhere = new Uri("https://localhost");
        var text = settings.Text(Authority, nowhere.ToString());
        if (Uri.TryCreate(text, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            && url is { UserInfo: "", Query: "", Fragment: "" })
        {
            return url;
        }

        const string Accepted = "the issuer's address such as https://login.example.com/realms/staff, with http on loopback alone";
        if (url is { UserInfo.Length: > 0 })
        {
            settings.RejectSecret(Authority, $"holds a user name, and is not {Accepted}");
        }
        else
        {
            settings.Reject(Authority, text, Accepted);
        }

        return nowhere;
    }
}
