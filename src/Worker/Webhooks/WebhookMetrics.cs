using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// <c>gateway.webhook.attempts</c>: posts to merchants by what came of them; their duration is <c>gateway.job.duration</c>.
/// <c>gateway.webhook.put_aside</c>: deliveries that wait without an attempt, by the reason.
/// <c>gateway.webhook.skipped</c>: deliveries that are not attempted, by the reason.
/// </summary>
public sealed class WebhookMetrics
{
    private static readonly string[] Outcomes =
        ["2xx", "3xx", "4xx", "5xx", "other_status", "gone", "timeout", "dns", "address_refused", "connect", "tls", "broken", "bomb"];

    private readonly Counter<long> _attempts;
    private readonly Counter<long> _putAside;
    private readonly Counter<long> _skipped;
    private readonly bool _hasMerchantLabel;

    /// <summary>Creates the instrument.</summary>
    public WebhookMetrics(MetricsOptions options, IMeterFactory meters)
    {
        _hasMerchantLabel = options.HasMerchantLabel;
        var meter = meters.Create("Gateway.Worker");
        _attempts = meter.CreateCounter<long>("gateway.webhook.attempts", "{attempt}", "Posts to merchants, by what came of them.");

        _putAside = meter.CreateCounter<long>(
            "gateway.webhook.put_aside",
            "{delivery}",
            "Deliveries that went to the waiting room without an attempt, by the reason.");
        foreach (var reason in Enum.GetValues<WaitReason>().Where(reason => reason != WaitReason.Retry))
        {
            PutAside(reason, count: 0);
        }

        _skipped = meter.CreateCounter<long>("gateway.webhook.skipped", "{delivery}", "Deliveries that were not attempted, by the reason.");
        foreach (var reason in SkipReason.All)
        {
            Skipped(reason, count: 0);
        }

        // Which merchants there will be nobody knows; what may come of a post is known.
        foreach (var outcome in _hasMerchantLabel ? [] : Outcomes)
        {
            _attempts.Add(0, new TagList { { "outcome", outcome } });
        }
    }

    /// <summary>A post was made.</summary>
    public void Attempted(AttemptResult result, string merchantId)
    {
        // On the stack: it allocates nothing.
        var labels = new TagList { { "outcome", ClassOf(result) } };
        if (_hasMerchantLabel)
        {
            labels.Add("merchant_id", merchantId);
        }

        _attempts.Add(1, labels);
    }

    /// <summary>A delivery waits without an attempt.</summary>
    public void PutAside(WaitReason reason, int count = 1) =>
        _putAside.Add(count, new KeyValuePair<string, object?>("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString())));

    /// <summary>A delivery is not attempted, for one of <see cref="SkipReason"/>.</summary>
    public void Skipped(string reason, int count = 1) => _skipped.Add(count, new KeyValuePair<string, object?>("reason", reason));

    internal static string ClassOf(AttemptResult result) => result.Outcome switch
    {
        AttemptOutcome.Succeeded => "2xx",
        AttemptOutcome.Redirect => "3xx",
        AttemptOutcome.Status => result.StatusCode switch
        {
            >= 400 and < 500 => "4xx",
            >= 500 and < 600 => "5xx",
            _ => "other_status",
        },
        var other => AttemptReason.Of(other),
    };
}
