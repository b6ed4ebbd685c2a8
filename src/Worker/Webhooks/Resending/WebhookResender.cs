using System.Globalization;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.ClosedChannels;
using Gateway.Worker.Webhooks.Register;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Webhooks.Resending;

/// <summary>Sends kept webhooks again, under the same <c>webhook-id</c>, from their first attempt, in a round of their own.</summary>
public sealed class WebhookResender(
    IDbContextFactory<GatewayDbContext> contexts,
    IDeliveryRegister register,
    IBus bus,
    JobHistory history,
    JobRecorder jobLog,
    TimeProvider time)
{
    /// <summary>What is kept of a delivery; null when nothing is.</summary>
    /// <param name="deliveryId">The delivery.</param>
    /// <param name="merchantId">The merchant's id as text.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<KeptWebhook?> FindAsync(Guid deliveryId, string? merchantId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.KeptWebhooks.AsNoTracking()
            .SingleOrDefaultAsync(w => w.DeliveryId == deliveryId && w.MerchantId == merchantId, cancellationToken);
    }

    /// <summary>Publishes a webhook again. Returns when the broker has it.</summary>
    /// <param name="webhook">What was kept.</param>
    /// <param name="reason">The word for it in the job log.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    /// <exception cref="StackExchange.Redis.RedisException">
    /// Redis cannot be reached, so a delivered webhook would be taken for a repetition.
    /// </exception>
    /// <exception cref="MessageReturnedException">The broker has no queue for it.</exception>
    public async Task SendAsync(KeptWebhook webhook, string reason, CancellationToken cancellationToken)
    {
        var round = await history.FindNextRoundAsync(webhook.DeliveryId, cancellationToken);
        if (DeliveryKey.From(webhook.DeliveryId, webhook.MerchantId) is { } key)
        {
            await register.ForgetAsync(key, evenDelivered: true);
        }

        using var payload = JsonDocument.Parse(webhook.Payload);
        var delivery = new DeliverWebhook
        {
            DeliveryId = webhook.DeliveryId,
            MerchantId = webhook.MerchantId,
            Event = webhook.Event,
            Payload = payload.RootElement,
            OccurredAt = webhook.OccurredAt is { } occurredAt
                ? DateTimeOffset.Parse(occurredAt, CultureInfo.InvariantCulture)
                : webhook.KeptAt,
        };
        await bus.Publish(
            delivery,
            publish =>
            {
                publish.Mandatory = true;
                JobRound.Keep(publish, round);
            },
            cancellationToken).EndingWith(cancellationToken);

        // The job is published whatever becomes of this row, which waits in the job log while the database is away.
        var now = time.GetUtcNow();
        _ = jobLog.RecordAsync(
            JobRun.Queued(
                now, webhook.DeliveryId, WebhookJob.Type, QueueNames.Webhooks, webhook.MerchantId, webhook.Event, round, reason),
            CancellationToken.None);
    }

    /// <summary>How many webhooks a recovery is about.</summary>
    public async Task<int> CountAsync(BulkJob recovery, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Matching(db, recovery).CountAsync(cancellationToken);
    }

    /// <summary>The next ones, those first whose last run is oldest.</summary>
    internal async Task<IReadOnlyList<(DateTime At, Guid RunId, KeptWebhook Webhook)>> NextAsync(
        BulkJob recovery, int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var runs = Matching(db, recovery);
        if (recovery is { PositionAt: { } at, PositionId: { } runId })
        {
            runs = runs.Where(run => run.StartedAt >= at && (run.StartedAt > at || run.RunId > runId));
        }

        var found = await runs.OrderBy(run => run.StartedAt).ThenBy(run => run.RunId).Take(count)
            .Join(
                db.KeptWebhooks,
                run => new { run.JobId, run.MerchantId },
                webhook => new { JobId = webhook.DeliveryId, MerchantId = (string?)webhook.MerchantId },
                (run, webhook) => new { run.StartedAt, run.RunId, Webhook = webhook })
            .ToListAsync(cancellationToken);
        return [.. found.OrderBy(f => f.StartedAt).ThenBy(f => f.RunId).Select(f => (f.StartedAt, f.RunId, f.Webhook))];
    }

    // By the latest run: what was sent again, by this recovery or otherwise, is not found any more.
    private static IQueryable<JobRun> Matching(GatewayDbContext db, BulkJob recovery)
    {
        var from = recovery.From ?? DateTime.UnixEpoch;
        var runs = JobHistory.LatestRuns(db).Where(run =>
            run.State != JobState.Succeeded
            && run.MerchantId == recovery.MerchantId && run.JobType == WebhookJob.Type
            && run.StartedAt >= from && run.StartedAt < recovery.To
            && ((recovery.IncludesDead && run.State == JobState.Dead) || (recovery.IncludesSkipped && run.State == JobState.Skipped))
            && db.KeptWebhooks.Any(webhook => webhook.DeliveryId == run.JobId && webhook.MerchantId == run.MerchantId));
        return recovery.Event is { } @event ? runs.Where(run => run.Event == @event) : runs;
    }
}
