using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;
using Gateway.Worker.Webhooks.Waiting;

namespace Gateway.Worker.Webhooks;

/// <summary>How webhooks are delivered; every value comes from the environment variable that its comment names.</summary>
public sealed record WebhookOptions
{
    private const string DefaultReferenceFields = "payment_id,payout_id,order_id";
    private const string DefaultRetryDelays = "10s,1m,6m,36m,216m";

    /// <summary>Waits before the 2nd, 3rd … attempt, before jitter (<c>WEBHOOK_RETRY_DELAYS</c>). As many retries as entries.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } =
        [.. DefaultRetryDelays.Split(',').Select(delay => Settings.ParseDuration(delay)!.Value)];

    /// <summary>How webhooks are posted.</summary>
    public SendingOptions Sending { get; init; } = new();

    /// <summary>How webhooks are signed.</summary>
    public SigningOptions Signing { get; init; } = new();

    /// <summary>How endpoints are looked up and given up.</summary>
    public EndpointOptions Endpoints { get; init; } = new();

    /// <summary>How webhooks wait for their next attempt.</summary>
    public WaitingOptions Waiting { get; init; } = new();

    /// <summary>How much of this process one merchant may have.</summary>
    public IsolationOptions Isolation { get; init; } = new();

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
    /// Whether each failed attempt is published as a <c>WebhookAttemptFailed</c> for others (<c>WEBHOOK_ATTEMPT_EVENTS</c>).
    /// </summary>
    public bool PublishesAttemptFailures { get; init; }

    /// <summary>
    /// Over how many queues first attempts are spread at the broker, from 1 to 32 (<c>WEBHOOK_PARTITIONS</c>): one queue is one process of
    /// RabbitMQ, at one node of a cluster.
    /// </summary>
    public int Partitions { get; init; } = 1;

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    /// <param name="settings">The environment.</param>
    /// <param name="mode">
    /// On servers or alone. Alone webhooks may reach this machine unless <c>WEBHOOK_ALLOW_LOCAL</c> says otherwise, and there is no broker
    /// whose queues could be spread.
    /// </param>
    public static WebhookOptions Read(Settings settings, GatewayMode mode = GatewayMode.Full)
    {
        var defaults = new WebhookOptions();
        var options = new WebhookOptions
        {
            RetryDelays = settings.RetryDelays("WEBHOOK_RETRY_DELAYS", DefaultRetryDelays),
            Sending = SendingOptions.Read(settings, isDevelopment: mode == GatewayMode.Embedded),
            Signing = SigningOptions.Read(settings),
            Endpoints = EndpointOptions.Read(settings),
            Waiting = WaitingOptions.Read(settings),
            Isolation = IsolationOptions.Read(settings),
            PublishesAttemptFailures = settings.Flag("WEBHOOK_ATTEMPT_EVENTS", false),
            MaxPayloadBytes = settings.Size("WEBHOOK_MAX_PAYLOAD", defaults.MaxPayloadBytes, 1024, 16 * 1024 * 1024),
            Reference = ReadReference(settings),
            Partitions = settings.Number(
                "WEBHOOK_PARTITIONS", defaults.Partitions, 1, mode == GatewayMode.Full ? QueueNames.MostPartitions : 1),
            KeepsDelivered = settings.Choice("WEBHOOK_KEEP_PAYLOADS", "failed", "failed", "all") == "all",
        };
        return options.Signing.LegacyHeaders
            ? options with { Sending = options.Sending with { UserAgent = LegacyHeaders.UserAgent } }
            : options;
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
}
