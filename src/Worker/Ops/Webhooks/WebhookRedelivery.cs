using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Sends one webhook again under the same <c>webhook-id</c>.</summary>
public sealed class WebhookRedelivery(JobLookup jobs, WebhookResender resending, BrokerAlarms alarms, TimeProvider time)
{
    /// <summary>Sends a webhook again; the broker has it when this is done.</summary>
    /// <param name="id">The webhook's id, as text.</param>
    /// <param name="merchantId">Whose; null where that needs not be said.</param>
    /// <param name="cancellationToken">Ends the wait for the servers.</param>
    public async Task<Result<PublishedJob>> RedeliverAsync(string id, string? merchantId, CancellationToken cancellationToken)
    {
        var found = await jobs.IdentifyAsync(id, merchantId, cancellationToken);
        if (found is not { Value: { } job })
        {
            return found.Refusal!;
        }

        if (alarms.Now is { } alarm)
        {
            return Refusal.InAlarm("Not sent", alarm);
        }

        if (job.Runs is [.., { State: JobState.Queued }] || job.Waiting is not null)
        {
            return Refusal.Conflict("On its way", $"The webhook {job.Id} is still being attempted; it needs no help.");
        }

        if (await resending.FindAsync(job.Id, job.MerchantId, cancellationToken) is not { } webhook)
        {
            return job.Runs.Count == 0
                ? Refusal.NotFound("Webhook not found", $"No attempt of webhook {job.Id} is recorded.")
                : Refusal.Conflict(
                    "Nothing to send",
                    $"What the webhook {job.Id} said is not kept. "
                    + "WEBHOOK_KEEP_PAYLOADS=all keeps delivered webhooks too, from then on.");
        }

        using var limit = new CancellationTokenSource(ServersOfSending.LongestSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await resending.SendAsync(webhook, "redelivered", either.Token);
            return Result.UnderWay(new PublishedJob(job.Id));
        }
        catch (Exception exception) when (ServersOfSending.AreAway(exception, limit.Token))
        {
            return Refusal.Unavailable("Not sent", "Redis or RabbitMQ does not answer. Ask again when they do.");
        }
    }
}
