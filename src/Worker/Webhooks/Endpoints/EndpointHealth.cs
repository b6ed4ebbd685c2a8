using System.Data.Common;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Register;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// Keeps since when an endpoint has done nothing but fail, leaves one alone that keeps failing or that asks for it, and turns off one that has
/// failed for too long or that wants no more webhooks. An endpoint that works costs nothing here.
/// </summary>
public sealed class EndpointHealth(
    WebhookEndpoints database,
    EndpointDirectory directory,
    EndpointHolds holds,
    MerchantBulkheads bulkheads,
    WebhookOptions options,
    TimeProvider time,
    ILogger<EndpointHealth> logger)
{
    /// <summary>The word for an endpoint that failed for <see cref="WebhookOptions.DisableAfter"/>.</summary>
    public const string Failing = "failing";

    /// <summary>The word for an endpoint that an operator disabled.</summary>
    public const string ByOperator = "operator";

    /// <summary>
    /// What an attempt changes about its endpoint, to be committed with the attempt; null for nothing, which is usual. The endpoint is judged
    /// by the URL that was attempted; a merchant who changes it has a new endpoint. A hold that begins is known to this process at once.
    /// </summary>
    /// <param name="target">The endpoint.</param>
    /// <param name="made">The attempt.</param>
    /// <param name="isProbe">Whether it was the one attempt that shows if the endpoint answers again.</param>
    /// <param name="opensCircuit">Whether with it most of the last attempts have failed.</param>
    public EndpointChange? ChangeAfter(WebhookTarget target, AttemptMark made, bool isProbe, bool opensCircuit)
    {
        var endpoint = target.Endpoint!;
        var result = made.Result;
        if (result.Outcome == AttemptOutcome.Gone)
        {
            return Disable(endpoint, AttemptReason.Of(AttemptOutcome.Gone));
        }

        if (result.Outcome != AttemptOutcome.Succeeded && endpoint.IsFailing && made.StartedAt - endpoint.FailingSince >= options.DisableAfter)
        {
            return Disable(endpoint, Failing);
        }

        var hold = holds.Find(endpoint.MerchantId, endpoint.Url);
        var isTrouble = MerchantBulkhead.IsSignOfTrouble(result);
        if (!isTrouble && (isProbe || (hold is not null && result.Outcome == AttemptOutcome.Succeeded)))
        {
            return new EndpointChange.EndHold { MerchantId = endpoint.MerchantId, Url = endpoint.Url!, At = made.EndedAt };
        }

        var wish = result is { StatusCode: 429 or 503, RetryAfter: { } retryAfter } && retryAfter > TimeSpan.Zero ? made.EndedAt + retryAfter : (DateTime?)null;
        var isBroken = options.Isolation.HasCircuitBreaker && isTrouble && (isProbe || (opensCircuit && hold is null));
        if (!isBroken && wish is null)
        {
            return null;
        }

        var failedProbes = isProbe && isBroken ? (hold?.FailedProbes ?? 0) + 1 : 0;
        var until = isBroken ? made.EndedAt + options.Isolation.BreakAfter(failedProbes) : wish!.Value;
        until = wish > until ? wish.Value : until;
        var reason = isBroken ? HoldReason.CircuitOpen : HoldReason.RetryAfter;
        if (isBroken || hold is null)
        {
            // A circuit that is open stays open beside a shorter wish.
            holds.Set(endpoint.MerchantId, new EndpointHold(endpoint.Url!, reason, until, hold?.Since ?? made.EndedAt, failedProbes));
        }

        return hold is { Reason: HoldReason.CircuitOpen } && !isBroken
            ? null
            : new EndpointChange.Hold(until, reason, failedProbes) { MerchantId = endpoint.MerchantId, Url = endpoint.Url!, At = made.EndedAt };
    }

    /// <summary>Takes note of an attempt that is recorded.</summary>
    public async Task NoteAsync(WebhookTarget target, AttemptMark made, EndpointChange? change, CancellationToken cancellationToken)
    {
        var endpoint = target.Endpoint!;
        switch (change)
        {
            case EndpointChange.EndHold:
                holds.End(endpoint.MerchantId);
                break;
            case EndpointChange.Disable { Reason: var reason }:
                directory.Forget(endpoint.MerchantId.ToString());
                Log.EndpointDisabled(logger, endpoint.MerchantId.ToString(), reason);
                return;
        }

        try
        {
            // What is known of the merchant may be some seconds old. A success that an earlier attempt preceded asks in any case.
            if (made.Result.Outcome == AttemptOutcome.Succeeded)
            {
                if ((endpoint.FailingSince is not null || made.Attempt > 1) && await database.WorksAsync(endpoint.MerchantId, cancellationToken))
                {
                    directory.Forget(endpoint.MerchantId.ToString());
                }
            }
            else if (!endpoint.IsFailing)
            {
                await database.FailsAsync(endpoint.MerchantId, endpoint.Url!, made.StartedAt, cancellationToken);
                directory.Forget(endpoint.MerchantId.ToString());
            }
        }
        catch (DbException exception)
        {
            // The attempt is recorded; this is only what follows from many of them, and the next one says the same.
            Log.HealthNotKept(logger, endpoint.MerchantId.ToString(), exception);
        }
    }

    /// <summary>Disables an endpoint under its present URL, and tells the others once.</summary>
    /// <returns>False when it was disabled already.</returns>
    public async Task<bool> DisableAsync(MerchantEndpoint endpoint, string reason, CancellationToken cancellationToken)
    {
        var disable = Disable(endpoint, reason);
        var hasChanged = await database.DisableAsync(endpoint.MerchantId, endpoint.Url!, reason, disable.At, disable.Told, cancellationToken);
        directory.Forget(endpoint.MerchantId.ToString());
        if (hasChanged)
        {
            Log.EndpointDisabled(logger, endpoint.MerchantId.ToString(), reason);
        }

        return hasChanged;
    }

    /// <summary>Enables an endpoint: as if it had never failed. What waits for it is released at once.</summary>
    /// <returns>Since when it was disabled; null when it was not.</returns>
    public async Task<DateTime?> EnableAsync(Guid merchantId, string @operator, CancellationToken cancellationToken)
    {
        var disabledAt = await database.EnableAsync(merchantId, time.GetUtcNow().UtcDateTime, cancellationToken);
        directory.Forget(merchantId.ToString());
        bulkheads.Forget(merchantId.ToString());
        holds.End(merchantId);
        if (disabledAt is not null)
        {
            Log.EndpointEnabled(logger, merchantId.ToString(), @operator);
        }

        return disabledAt;
    }

    private EndpointChange.Disable Disable(MerchantEndpoint endpoint, string reason)
    {
        var now = time.GetUtcNow();
        var merchantId = endpoint.MerchantId.ToString();
        var told = new WebhookEndpointDisabled { MerchantId = merchantId, Reason = reason, DisabledAt = now };
        return new EndpointChange.Disable(
            reason, OutboxMessage.Of(told, Guid.CreateVersion7(now), $"endpoint {merchantId}", mustArrive: false, now.UtcDateTime))
        {
            MerchantId = endpoint.MerchantId,
            Url = endpoint.Url!,
            At = now.UtcDateTime,
        };
    }
}
