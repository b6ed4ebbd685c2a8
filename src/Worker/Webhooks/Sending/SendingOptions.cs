using System.Net;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>How webhooks are posted. Every value comes from the environment variable that its comment names.</summary>
public sealed record SendingOptions
{
    /// <summary>The whole attempt: name look-up, connect, TLS, request, status, headers and body (<c>WEBHOOK_TIMEOUT</c>).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a connection that nobody uses is kept (<c>WEBHOOK_KEEP_CONNECTIONS</c>), from 1 s to 10 min. With TLS each holds some
    /// 60 kB, and a worker has one for every merchant of this time.
    /// </summary>
    public TimeSpan KeepConnections { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Networks that the address guard lets through although they are not public (<c>WEBHOOK_ALLOWED_NETWORKS</c>).</summary>
    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];

    /// <summary>Ports that an endpoint may have (<c>WEBHOOK_ALLOWED_PORTS</c>); empty means any.</summary>
    public IReadOnlyList<int> AllowedPorts { get; init; } = [443, 80];

    /// <summary>
    /// The name servers that know merchants' hosts, in the order in which they are asked (<c>WEBHOOK_NAME_SERVERS</c>); empty for the
    /// system's.
    /// </summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>The proxy through which webhooks go (<c>WEBHOOK_PROXY</c>); null when they go straight.</summary>
    public WebhookProxy? Proxy { get; init; }

    /// <summary>Whether http is accepted beside https (<c>WEBHOOK_ALLOW_HTTP</c>).</summary>
    public bool AllowHttp { get; init; }

    /// <summary>
    /// Whether endpoints on this machine are let through, by http and at any port (<c>WEBHOOK_ALLOW_LOCAL</c>): for development, and
    /// without a proxy, whose own machine it would be.
    /// </summary>
    public bool AllowLocal { get; init; }

    /// <summary>
    /// Whether a merchant is told the trace of an attempt, in the header <c>traceparent</c> (<c>WEBHOOK_TRACEPARENT</c>).
    /// </summary>
    public bool TellsTrace { get; init; }

    /// <summary>How requests call themselves: as the previous worker's did with <c>WEBHOOK_LEGACY_HEADERS</c>.</summary>
    public string UserAgent { get; init; } = "Gateway-Webhooks/1.0";

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    /// <param name="settings">The environment.</param>
    /// <param name="isDevelopment">Whether webhooks may reach this machine unless <c>WEBHOOK_ALLOW_LOCAL</c> says otherwise.</param>
    public static SendingOptions Read(Settings settings, bool isDevelopment)
    {
        var defaults = new SendingOptions();
        var options = new SendingOptions
        {
            Timeout = settings.Duration("WEBHOOK_TIMEOUT", defaults.Timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(365)),
            KeepConnections = settings.Duration(
                "WEBHOOK_KEEP_CONNECTIONS", defaults.KeepConnections, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            AllowedNetworks = settings.List("WEBHOOK_ALLOWED_NETWORKS", "", Settings.ParseNetwork, "a network such as 127.0.0.0/8"),
            AllowedPorts = settings.List("WEBHOOK_ALLOWED_PORTS", "443,80", ParsePort, "a port from 1 to 65535"),
            NameServers = [.. settings
                .List("WEBHOOK_NAME_SERVERS", "", ParseNameServer, "an address such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353")
                .Select(server => new IPEndPoint(IPAddress.Parse(server.Host), server.Port ?? 53))],
            Proxy = WebhookProxy.Read(settings),
            AllowHttp = settings.Flag("WEBHOOK_ALLOW_HTTP", false),
            TellsTrace = settings.Flag("WEBHOOK_TRACEPARENT", false),
        };
        return options with { AllowLocal = ReadAllowLocal(settings, hasProxy: options.Proxy is not null, isDevelopment) };
    }

    private static bool ReadAllowLocal(Settings settings, bool hasProxy, bool isDevelopment)
    {
        var allowLocal = settings.Flag("WEBHOOK_ALLOW_LOCAL", isDevelopment && !hasProxy);
        if (allowLocal && hasProxy)
        {
            settings.Reject("WEBHOOK_ALLOW_LOCAL", "true", "possible with WEBHOOK_PROXY, whose own machine it would be");
        }

        return allowLocal;
    }

    private static ServerAddress? ParseNameServer(string text) =>
        ServerAddress.Parse(text) is { } server && IPAddress.TryParse(server.Host, out var address)
        && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? server
            : null;

    private static int? ParsePort(string text) => ushort.TryParse(text, out var port) && port > 0 ? port : null;
}
