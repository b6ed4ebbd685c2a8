using System.Data.Common;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Register;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// Keeps since when an endpoint has done nothing but fail, and turns off one that has for too long or that wants no more webhooks. An
/// endpoint that works costs nothing here.
/// </summary>
public sealed class EndpointHealth(
    WebhookEndpoints database, EndpointDirectory directory, MerchantLanes lanes, WebhookOptions options, TimeProvider time, ILogger<EndpointHealth> logger)
{
    /// <summary>The word for an endpoint that failed for <see cref="WebhookOptions.DisableAfter"/>.</summary>
    public const string Failing = "failing";

    /// <summary>The word for an endpoint that an operator disabled.</summary>
    public const string ByOperator = "operator";

    /// <summary>Takes note of an attempt. The endpoint is judged by the URL that was attempted; a merchant who changes it has a new endpoint.</summary>
    public async Task NoteAsync(WebhookTarget target, AttemptMark made, CancellationToken cancellationToken)
    {
        var endpoint = target.Endpoint!;
        try
        {
            switch (made.Result.Outcome)
            {
                case AttemptOutcome.Gone:
                    await DisableAsync(endpoint, AttemptReason.Of(AttemptOutcome.Gone), cancellationToken);
                    break;

                // What is known of the merchant may be some seconds old. A success that an earlier attempt preceded asks in any case.
                case AttemptOutcome.Succeeded when endpoint.FailingSince is not null || made.Attempt > 1:
                    if (await database.WorksAsync(endpoint.MerchantId, cancellationToken))
                    {
                        directory.Forget(endpoint.MerchantId.ToString());
                    }

                    break;

                case AttemptOutcome.Succeeded:
                    break;

                case var _ when !endpoint.IsFailing:
                    await database.FailsAsync(endpoint.MerchantId, endpoint.Url!, made.StartedAt, cancellationToken);
                    directory.Forget(endpoint.MerchantId.ToString());
                    break;

                case var _ when made.StartedAt - endpoint.FailingSince >= options.DisableAfter:
                    await DisableAsync(endpoint, Failing, cancellationToken);
                    break;
            }
        }
        catch (DbException exception) when (made.Result.Outcome != AttemptOutcome.Gone)
        {
            // The attempt is recorded; this is only what follows from many of them, and the next one says the same.
            Log.HealthNotKept(logger, endpoint.MerchantId.ToString(), exception);
        }
    }

    /// <summary>Disables an endpoint under its present URL, and tells the others once.</summary>
    /// <returns>False when it was disabled already.</returns>
    public async Task<bool> DisableAsync(MerchantEndpoint endpoint, string reason, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var merchantId = endpoint.MerchantId.ToString();
        var told = new WebhookEndpointDisabled { MerchantId = merchantId, Reason = reason, DisabledAt = now };
        var hasChanged = await database.DisableAsync(
            endpoint.MerchantId,
            endpoint.Url!,
            reason,
            now.UtcDateTime,
            OutboxMessage.Of(told, Guid.CreateVersion7(now), $"endpoint {merchantId}", mustArrive: false, now.UtcDateTime),
            cancellationToken);
        directory.Forget(merchantId);
        if (hasChanged)
        {
            Log.EndpointDisabled(logger, merchantId, reason);
        }

        return hasChanged;
    }

    /// <summary>Enables an endpoint: as if it had never failed.</summary>
    /// <returns>Since when it was disabled; null when it was not.</returns>
    public async Task<DateTime?> EnableAsync(Guid merchantId, string @operator, CancellationToken cancellationToken)
    {
        var disabledAt = await database.EnableAsync(merchantId, time.GetUtcNow().UtcDateTime, cancellationToken);
        directory.Forget(merchantId.ToString());
        lanes.Forget(merchantId.ToString());
        if (disabledAt is not null)
        {
            Log.EndpointEnabled(logger, merchantId.ToString(), @operator);
        }

        return disabledAt;
    }
}
