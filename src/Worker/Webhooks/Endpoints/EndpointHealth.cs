using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Isolation;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// Keeps since when an endpoint has done nothing but fail, leaves one alone that keeps failing or that asks for it, and turns off one that
/// has failed for too long or that wants no more webhooks. An endpoint that works costs nothing here.
/// </summary>
public sealed class EndpointHealth(
    EndpointStore database,
    EndpointDirectory directory,
    EndpointHolds holds,
    MerchantBulkheads bulkheads,
    EndpointRules rules,
    EndpointSurvey survey,
    TimeProvider time,
    ILogger<EndpointHealth> logger)
{
    /// <summary>The word for an endpoint that an operator disabled.</summary>
    public const string ByOperator = "operator";

    /// <summary>
    /// What an attempt changes about its endpoint, by <see cref="EndpointRules"/>. A hold that begins is known to this process at once.
    /// </summary>
    /// <param name="target">The endpoint.</param>
    /// <param name="made">The attempt.</param>
    /// <param name="isProbe">Whether it was the one attempt that shows if the endpoint answers again.</param>
    /// <param name="opensCircuit">Whether with it most of the last attempts have failed.</param>
    public EndpointChange? ChangeAfter(WebhookTarget target, AttemptRecord made, bool isProbe, bool opensCircuit)
    {
        var endpoint = target.Endpoint!;
        var before = holds.Find(endpoint.MerchantId, endpoint.Url);
        var hasFailed = made.Result.Outcome != AttemptOutcome.Succeeded;
        survey.Note(endpoint.MerchantId, hasFailed);
        var change = rules.ChangeAfter(endpoint, before, made, isProbe, opensCircuit, doMostFail: hasFailed && survey.MostFail());
        if (change is EndpointChange.Hold hold)
        {
            holds.Set(
                endpoint.MerchantId,
                new EndpointHold(hold.Url, hold.Reason, hold.Until, before?.Since ?? hold.At, hold.FailedProbes));
        }

        return change;
    }

    /// <summary>Takes note of an attempt that is recorded.</summary>
    public async Task NoteAsync(WebhookTarget target, AttemptRecord made, EndpointChange? change, CancellationToken cancellationToken)
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
            if (made.Result.Outcome == AttemptOutcome.Succeeded)
            {
                if (endpoint.FailingSince is not null)
                {
                    directory.Forget(endpoint.MerchantId.ToString());
                }
            }
            else if (!(endpoint.IsFailing && made.StartedAt - endpoint.LastFailedAt < rules.Apart) && !survey.MostFail())
            {
                await database.MarkFailingAsync(endpoint.MerchantId, endpoint.Url!, made.StartedAt, rules.Apart, cancellationToken);
                directory.Forget(endpoint.MerchantId.ToString());
            }
        }
        catch (Exception exception) when (DatabaseFailure.IsCauseOf(exception))
        {
            // The attempt is recorded; this is only what follows from many of them, and the next one says the same.
            Log.HealthNotKept(logger, endpoint.MerchantId.ToString(), exception);
        }
    }

    /// <summary>Disables an endpoint under its present URL, and tells the others once.</summary>
    /// <returns>False when it was disabled already.</returns>
    public async Task<bool> DisableAsync(MerchantEndpoint endpoint, string reason, CancellationToken cancellationToken)
    {
        var disable = EndpointRules.Disable(endpoint, reason, time.GetUtcNow().UtcDateTime);
        var hasChanged = await database.DisableAsync(
            endpoint.MerchantId,
            endpoint.Url!,
            reason,
            disable.At,
            disable.Notification,
            cancellationToken);
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
}
