using System.Net;
using Gateway.Worker.Configuration;
using Gateway.Worker.Ops.Access;

namespace Gateway.Worker.Ops;

/// <summary>The HTTP API for operators.</summary>
public sealed class OpsOptions
{
    /// <summary>Whether the worker runs on servers or alone.</summary>
    public required GatewayMode Mode { get; init; }

    /// <summary>Where it listens (<c>OPS_URL</c>).</summary>
    public required Uri Url { get; init; }

    /// <summary>Who may use it (<c>OPS_API_KEYS</c>).</summary>
    public required IReadOnlyList<ApiKey> Keys { get; init; }

    /// <summary>Proxies whose <c>X-Forwarded-For</c> says who asks (<c>OPS_TRUSTED_PROXIES</c>); none by default.</summary>
    public required IReadOnlyList<IPNetwork> TrustedProxies { get; init; }

    /// <summary>
    /// Names beside those of loopback for which the API answers where it asks for no key, and whose pages may change something there
    /// (<c>OPS_ALLOWED_HOSTS</c>); none by default.
    /// </summary>
    public required IReadOnlyList<string> AllowedHosts { get; init; }

    /// <summary>Where people sign in without a key (<c>OPS_OIDC_AUTHORITY</c> and the others); null without a provider.</summary>
    public OpenIdOptions? OpenId { get; init; }

    /// <summary>True when only this machine can reach the API.</summary>
    public bool IsLoopback => Url.IsLoopback || (IPAddress.TryParse(Url.Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether it answers without a key: in embedded mode on loopback, where none is configured and nobody signs in.</summary>
    public bool AsksNoKey => Mode == GatewayMode.Embedded && IsLoopback && Keys.Count == 0 && OpenId is null;

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static OpsOptions Read(Settings settings, GatewayMode mode) => new()
    {
        Mode = mode,
        Url = ReadUrl(settings),
        Keys = settings.List(
            "OPS_API_KEYS",
            "",
            ApiKey.Parse,
            "name:role:sha256, the role viewer or operator and the hash 64 hex digits",
            isSecret: true),
        TrustedProxies = settings.List(
            "OPS_TRUSTED_PROXIES", "", ParseProxy, "an address such as 10.0.0.7 or a network such as 10.0.0.0/8"),
        AllowedHosts =
        [
            .. settings.List("OPS_ALLOWED_HOSTS", "", ParseHost, "a host name such as worker.test, without scheme and port")
                .Select(host => host.Name),
        ],
        OpenId = OpenIdOptions.Read(settings),
    };

    /// <summary>Reads <c>OPS_URL</c> alone.</summary>
    internal static Uri ReadUrl(Settings settings)
    {
        var text = settings.Text("OPS_URL", "http://127.0.0.1:8090");
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") && url.AbsolutePath == "/")
        {
            return url;
        }

        settings.Reject("OPS_URL", text, "an address such as http://127.0.0.1:8090");
        return new Uri("http://127.0.0.1:8090");
    }

    private static (string Name, UriHostNameType Kind)? ParseHost(string text) =>
        Uri.CheckHostName(text) is var kind and not UriHostNameType.Unknown ? (text, kind) : null;

    private static IPNetwork? ParseProxy(string text) =>
        IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : Settings.ParseNetwork(text);
}
