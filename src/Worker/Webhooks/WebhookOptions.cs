using System.Net;
using Gateway.Worker.Configuration;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;

namespace Gateway.Worker.Webhooks;

/// <summary>How webhooks are delivered; every value comes from the environment variable that its comment names.</summary>
public sealed record WebhookOptions
{
    private const string DefaultReferenceFields = "payment_id,payout_id,order_id";

    /// <summary>Waits before the 2nd, 3rd … attempt, before jitter (<c>WEBHOOK_RETRY_DELAYS</c>). As many retries as entries.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } =
        [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(36), TimeSpan.FromMinutes(216)];

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

    /// <summary>Whether the headers of the previous worker are sent too (<c>WEBHOOK_LEGACY_HEADERS</c>).</summary>
    public bool LegacyHeaders { get; init; }

    /// <summary>
    /// Whether a merchant is told the trace of an attempt, in the header <c>traceparent</c> (<c>WEBHOOK_TRACEPARENT</c>).
    /// </summary>
    public bool TellsTrace { get; init; }

    /// <summary>The gateway's Ed25519 key, <c>whsk_</c> and base64 (<c>WEBHOOK_SIGNING_KEY</c>); null signs with secrets only.</summary>
    public SigningKey? SigningKey { get; init; }

    /// <summary>How much of this process one merchant may have.</summary>
    public IsolationOptions Isolation { get; init; } = new();

    /// <summary>For how long every attempt must have failed before an endpoint is disabled (<c>WEBHOOK_DISABLE_AFTER</c>).</summary>
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>
    /// Whether the payloads of delivered webhooks are kept too, so that they can be sent again (<c>WEBHOOK_KEEP_PAYLOADS=all</c>). Those of
    /// failed and skipped ones always are.
    /// </summary>
    public bool KeepsDelivered { get; init; }

    /// <summary>Finds what a payload is about, so that its webhook is found by it (<c>WEBHOOK_REFERENCE_FIELDS</c>).</summary>
    public PayloadReference Reference { get; init; } = new(DefaultReferenceFields.Split(','));

    /// <summary>
    /// The largest payload, in bytes of JSON (<c>WEBHOOK_MAX_PAYLOAD</c>), from 1 KiB to 16 MiB. A larger one is a dead letter.
    /// </summary>
    public int MaxPayloadBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// How long a webhook that was sent out of the waiting room may be on the road before it is taken for lost and sent again
    /// (<c>WEBHOOK_LEASE</c>): longer than any wait in a queue and at the gate.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether each failed attempt is published as a <c>WebhookAttemptFailed</c> for others (<c>WEBHOOK_ATTEMPT_EVENTS</c>).
    /// </summary>
    public bool PublishesAttemptFailures { get; init; }

    /// <summary>How long a merchant's endpoint is remembered between look-ups.</summary>
    public TimeSpan EndpointCacheTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is remembered that there is no such merchant: short, because one may just be on its way.</summary>
    public TimeSpan UnknownMerchantCacheTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    /// <param name="settings">The environment.</param>
    /// <param name="isDevelopment">Whether webhooks may reach this machine unless <c>WEBHOOK_ALLOW_LOCAL</c> says otherwise.</param>
    public static WebhookOptions Read(Settings settings, bool isDevelopment = false)
    {
        var defaults = new WebhookOptions();
        var delays = settings.List(
            "WEBHOOK_RETRY_DELAYS", "10s,1m,6m,36m,216m", Settings.ParseDuration, "a duration such as 500ms, 10s, 1m or 6h");
        if (delays.Count == 0
            || delays.Any(d => d < TimeSpan.FromMilliseconds(1))
            || delays.Zip(delays.Skip(1)).Any(p => p.Second <= p.First))
        {
            settings.Reject(
                "WEBHOOK_RETRY_DELAYS",
                settings.Text("WEBHOOK_RETRY_DELAYS", ""),
                "a list of durations of at least 1ms, each longer than the one before");
        }

        var options = defaults with
        {
            RetryDelays = delays,
            Timeout = settings.List("WEBHOOK_TIMEOUT", "30s", Settings.ParseDuration, "a duration such as 30s") is [var timeout]
                && timeout > TimeSpan.Zero
                ? timeout
                : Complain(settings, "WEBHOOK_TIMEOUT", "one duration above zero, such as 30s", defaults.Timeout),
            KeepConnections = settings.Duration(
                "WEBHOOK_KEEP_CONNECTIONS", defaults.KeepConnections, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            AllowedNetworks = settings.List("WEBHOOK_ALLOWED_NETWORKS", "", Settings.ParseNetwork, "a network such as 127.0.0.0/8"),
            AllowedPorts = settings.List("WEBHOOK_ALLOWED_PORTS", "443,80", ParsePort, "a port from 1 to 65535"),
            NameServers = [.. settings
                .List("WEBHOOK_NAME_SERVERS", "", ParseNameServer, "an address such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353")
                .Select(server => new IPEndPoint(IPAddress.Parse(server.Host), server.Port ?? 53))],
            Proxy = WebhookProxy.Read(settings),
            AllowHttp = settings.Flag("WEBHOOK_ALLOW_HTTP", false),
            LegacyHeaders = settings.Flag("WEBHOOK_LEGACY_HEADERS", false),
            TellsTrace = settings.Flag("WEBHOOK_TRACEPARENT", false),
            SigningKey = ReadSigningKey(settings),
            Isolation = IsolationOptions.Read(settings),
            DisableAfter = settings.Duration(
                "WEBHOOK_DISABLE_AFTER", defaults.DisableAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
            Lease = settings.Duration("WEBHOOK_LEASE", defaults.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
            PublishesAttemptFailures = settings.Flag("WEBHOOK_ATTEMPT_EVENTS", false),
            MaxPayloadBytes = settings.Size("WEBHOOK_MAX_PAYLOAD", defaults.MaxPayloadBytes, 1024, 16 * 1024 * 1024),
            Reference = ReadReference(settings),
            KeepsDelivered = settings.Choice("WEBHOOK_KEEP_PAYLOADS", "failed", "failed", "all") == "all",
        };
        return options with { AllowLocal = ReadAllowLocal(settings, hasProxy: options.Proxy is not null, isDevelopment) };
    }

    private static PayloadReference ReadReference(Settings settings)
    {
        const string Variable = "WEBHOOK_REFERENCE_FIELDS";
        var text = settings.Text(Variable, DefaultReferenceFields);
        var fields = text == "none" ? [] : text.Split(',', StringSplitOptions.TrimEntries);
        if (fields.Length > PayloadReference.MostFields || fields.Any(field => field.Length is 0 or > PayloadReference.LongestField))
        {
            settings.Reject(
                Variable,
                text,
                $"none, or a list of 1 to {PayloadReference.MostFields} fields of 1 to {PayloadReference.LongestField} characters");
        }

        return new PayloadReference(fields);
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

    private static TimeSpan Complain(Settings settings, string key, string accepted, TimeSpan fallback)
    {
        settings.Reject(key, settings.Text(key, ""), accepted);
        return fallback;
    }

    private static SigningKey? ReadSigningKey(Settings settings)
    {
        if (settings.OptionalText("WEBHOOK_SIGNING_KEY") is not { } text)
        {
            return null;
        }

        if (!SigningKey.TryParse(text, out var key))
        {
            settings.RejectSecret(
                "WEBHOOK_SIGNING_KEY",
                "the value is not 'whsk_' and the base64 of a 32-byte Ed25519 seed, or of the 64 bytes of a seed and its public key");
        }

        return key;
    }

    private static ServerAddress? ParseNameServer(string text) =>
        ServerAddress.Parse(text) is { } server && IPAddress.TryParse(server.Host, out var address)
        && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? server
            : null;

    private static int? ParsePort(string text) => ushort.TryParse(text, out var port) && port > 0 ? port : null;
}
