using Gateway.Contracts;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Gate;
using Gateway.Worker.Jobs;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Signing;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Makes one attempt to deliver a webhook: look up, attempt, record. What follows from the attempt is decided here, once, and is in the
/// commit that records it; the message is acknowledged after that commit. What cannot be attempted now goes to the waiting room, in a
/// commit too.
/// </summary>
public sealed class DeliverWebhookConsumer(
    EndpointDirectory endpoints,
    GatedQueues queues,
    RecordedAttempts recorded,
    AttemptMaker attempts,
    WaitingDeliveries waiting,
    WebhookSigner signer,
    RetrySchedule schedule,
    DeliveryLog deliveryLog,
    EndpointHealth endpointHealth,
    WebhookOptions options,
    TimeProvider time,
    ILogger<DeliverWebhookConsumer> logger) : IConsumer<DeliverWebhook>
{
    // How long an endpoint counts as disabled that another worker may have enabled.
    private static readonly TimeSpan DisabledForSure = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<DeliverWebhook> context)
    {
        var road = OnTheRoad.From(context) with { TellsTime = PublishedAt.IsTold(context, time) };
        context = PublishedAt.Tell(context, time);
        try
        {
            await DeliverAsync(context, road);
        }
        catch (Exception fault) when (fault is not RejectedDeliveryException && !context.CancellationToken.IsCancellationRequested)
        {
            // Ours and not the merchant's, so it costs the delivery no attempt.
            var faults = (short)(road.Faults + 1);
            if (schedule.AfterFault(faults, Random.Shared.NextDouble()) is not { } wait
                || !Guid.TryParse(context.Message.MerchantId, out var merchantId))
            {
                throw;
            }

            Log.Faulted(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, wait, fault);
            // The attempt may have been made: whoever takes it up asks first.
            await PutAsideAsync(context, road with { Faults = faults, IsRedelivered = true }, merchantId, rank: 0, WaitReason.Fault, wait);
        }
    }

    private async Task DeliverAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road)
    {
        var delivery = context.Message;
        if (JobSpan.IsWanted)
        {
            JobSpan.Describe(DeliveryLog.JobOf(context, DeliveryRules.AttemptOf(delivery)));
        }

        var queue = queues.Get(DeliveryLog.QueueOf(context));
        if (queue.IsPaused)
        {
            // Nothing is to start, so nothing is skipped, takes room from a merchant or is put aside for want of it: they all wait here.
            (await queue.EnterAsync(GateRank.Normal, context)).Dispose();
        }

        if (DeliveryRules.Check(delivery, options.MaxPayloadBytes) is { } rejection)
        {
            await RejectAsync(context, road, rejection);
        }

        var target = await FindTargetAsync(delivery, road, context.CancellationToken);
        // Its slot is kept until what came of it is committed.
        using var place = queue.GetPlace(context);
        var verdict = await FindObstacleAsync(context, road, target) ?? await attempts.TryAttemptAsync(context, road, target, place);
        await (verdict switch
        {
            Verdict.Attempted made => SettleAsync(context, road, target, made),
            Verdict.PutAside(var reason, var wait) =>
                PutAsideAsync(context, road, target.Endpoint!.MerchantId, target.Rank, reason, wait),
            Verdict.Skipped(var reason) => deliveryLog.SkippedAsync(context, road, target, reason),
            Verdict.Past => deliveryLog.PastAsync(context, road, target),
            Verdict.Rejected(var why) => RejectAsync(context, road, why),
            _ => throw new InvalidOperationException($"no step follows {verdict}"),
        });
    }

    // What is skipped is never sent unless somebody asks. So nothing is skipped because of what was known before an operator enabled the
    // endpoint, or before he had the webhook sent again.
    private async ValueTask<WebhookTarget> FindTargetAsync(DeliverWebhook delivery, OnTheRoad road, CancellationToken cancellationToken)
    {
        var target = await endpoints.FindAsync(delivery.MerchantId, cancellationToken);
        return ReasonToSkip(delivery, target) switch
        {
            null => target,
            _ when road.Round > 0 => await endpoints.FindAsync(delivery.MerchantId, TimeSpan.Zero, cancellationToken),
            SkipReason.EndpointDisabled => await endpoints.FindAsync(delivery.MerchantId, DisabledForSure, cancellationToken),
            _ => target,
        };
    }

    private string? ReasonToSkip(DeliverWebhook delivery, WebhookTarget target) =>
        target.ReasonToSkip(delivery.Event, signer.CanSign(target.Secrets));

    private async ValueTask<Verdict?> FindObstacleAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target)
    {
        if (road.MayBeRepeated && target.Endpoint is not null && await recorded.IsRecordedAsync(context, road))
        {
            // Before it is skipped or put aside: it was attempted, so neither can happen to it any more.
            return new Verdict.Past();
        }

        return ReasonToSkip(context.Message, target) switch
        {
            null => null,
            // A retry waits until its endpoint is enabled again, and so does what may have been attempted.
            SkipReason.EndpointDisabled when road.MayHaveTwin => new Verdict.PutAside(WaitReason.PausedEndpoint),
            var reason => new Verdict.Skipped(reason),
        };
    }

    private async Task SettleAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, Verdict.Attempted attempted)
    {
        var made = attempted.Record;
        if (!road.TellsTime)
        {
            // The merchant was told this time, and is to be told the same by every attempt that follows.
            context = PublishedAt.Tell(context, made.OccurredAt);
        }

        var next = schedule.After(made.Attempt, made.EndedAt, made.Result, Random.Shared.NextDouble());
        var change = endpointHealth.ChangeAfter(target, made, road.IsProbe, attempted.OpensCircuit);
        await deliveryLog.AttemptedAsync(context, road, target, made, next, change);
        await endpointHealth.NoteAsync(target, made, change, context.CancellationToken);
    }

    private async Task PutAsideAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, Guid merchantId, short rank, WaitReason reason, TimeSpan wait)
    {
        while (!await deliveryLog.PutAsideAsync(context, road, merchantId, rank, reason, time.GetUtcNow().UtcDateTime + wait))
        {
            // Another message under its id waits already. The same text twice is one webhook; another one must not go with it unseen.
            if (await waiting.FindWholeAsync(context.Message.DeliveryId, merchantId, context.CancellationToken) is { } entry)
            {
                if (!WebhookContent.IsSame(entry, context.Message))
                {
                    await RejectAsync(context, road, DeliveryRules.Conflict(context.Message));
                }

                return;
            }
        }
    }

    private async Task RejectAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, RejectedDeliveryException rejection)
    {
        await deliveryLog.RejectedAsync(context, road, rejection);
        throw rejection;
    }
}
