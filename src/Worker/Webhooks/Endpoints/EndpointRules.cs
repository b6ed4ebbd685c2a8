using Gateway.Contracts;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Isolation;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>What an attempt says about its endpoint. Pure: it knows no clock and no database.</summary>
public sealed class EndpointRules(EndpointOptions options, IsolationOptions isolation)
{
    /// <summary>The word for an endpoint that failed for <see cref="EndpointOptions.DisableAfter"/>.</summary>
    public const string Failing = "failing";

    /// <summary>How many failures, <see cref="Apart"/> from each other, it takes.</summary>
    public const int FewestFailures = 10;

    /// <summary>
    /// How far apart failures lie that are counted: so many of them spread over at least half of
    /// <see cref="EndpointOptions.DisableAfter"/>. Two that lie far apart, with nothing sent in between, are no sign that the endpoint
    /// failed all the time.
    /// </summary>
    public TimeSpan Apart => options.DisableAfter / (2 * FewestFailures);

    /// <summary>
    /// What changes, to be committed with the attempt; null for nothing, which is usual. The endpoint is judged by the URL that was
    /// attempted; a merchant who changes it has a new endpoint.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="hold">Why it is left alone at the moment; null when it is not.</param>
    /// <param name="made">The attempt.</param>
    /// <param name="isProbe">Whether it was the one attempt that shows if the endpoint answers again.</param>
    /// <param name="opensCircuit">Whether with it most of the last attempts have failed.</param>
    /// <param name="doMostFail">Whether most merchants fail at the moment, which is no fault of theirs.</param>
    public EndpointChange? ChangeAfter(
        MerchantEndpoint endpoint, EndpointHold? hold, AttemptRecord made, bool isProbe, bool opensCircuit, bool doMostFail = false)
    {
        var result = made.Result;
        var isTrouble = MerchantBulkhead.IsSignOfTrouble(result);
        return result.Outcome switch
        {
            AttemptOutcome.Gone => Disable(endpoint, AttemptReason.Of(AttemptOutcome.Gone), made.EndedAt),
            not AttemptOutcome.Succeeded when !doMostFail && endpoint.IsFailing
                && made.StartedAt - endpoint.FailingSince >= options.DisableAfter
                && endpoint.FailedTimes >= FewestFailures =>
                Disable(endpoint, Failing, made.EndedAt),
            // An answer that is about one event is an answer.
            _ when isProbe && !isTrouble => EndHold(endpoint, made),
            // A merchant who asked to be left alone may still take what was on its way to him; his wish ends with its time.
            AttemptOutcome.Succeeded when hold?.Reason == HoldReason.CircuitOpen => EndHold(endpoint, made),
            _ when isolation.HasCircuitBreaker && isTrouble && isProbe => Open(endpoint, made, (hold?.FailedProbes ?? 0) + 1),
            _ when isolation.HasCircuitBreaker && isTrouble && opensCircuit && hold is null =>
                Open(endpoint, made, failedProbes: 0),
            // An open circuit is closed by an answer, and not by a time.
            _ when hold?.Reason != HoldReason.CircuitOpen && WishOf(result) is { } wish =>
                Hold(endpoint, made, wish, HoldReason.RetryAfter, failedProbes: 0),
            _ => null,
        };
    }

    /// <summary>Turns an endpoint off under its present URL.</summary>
    public static EndpointChange.Disable Disable(MerchantEndpoint endpoint, string reason, DateTime at)
    {
        var merchantId = endpoint.MerchantId.ToString();
        var notification = new WebhookEndpointDisabled { MerchantId = merchantId, Reason = reason, DisabledAt = at };
        return new EndpointChange.Disable(
            reason,
            OutboxMessage.Create(notification, Guid.CreateVersion7(at), $"endpoint {merchantId}", mustArrive: false, at))
        {
            MerchantId = endpoint.MerchantId,
            Url = endpoint.Url!,
            At = at,
        };
    }

    private EndpointChange.Hold Open(MerchantEndpoint endpoint, AttemptRecord made, int failedProbes)
    {
        var rest = isolation.BreakAfter(failedProbes);
        return Hold(endpoint, made, WishOf(made.Result) is { } wish && wish > rest ? wish : rest, HoldReason.CircuitOpen, failedProbes);
    }

    private static EndpointChange.Hold Hold(
        MerchantEndpoint endpoint, AttemptRecord made, TimeSpan rest, string reason, int failedProbes) =>
        new(made.EndedAt + rest, reason, failedProbes) { MerchantId = endpoint.MerchantId, Url = endpoint.Url!, At = made.EndedAt };

    private static EndpointChange.EndHold EndHold(MerchantEndpoint endpoint, AttemptRecord made) =>
        new() { MerchantId = endpoint.MerchantId, Url = endpoint.Url!, At = made.EndedAt };

    // Retry-After tells when a service is there again (503, RFC 9110 section 15.6.4) or when it takes more requests (429, RFC 6585
    // section 4).
    private static TimeSpan? WishOf(AttemptResult result) =>
        result is { StatusCode: 429 or 503, RetryAfter: { } wish } && wish > TimeSpan.Zero ? wish : null;
}
