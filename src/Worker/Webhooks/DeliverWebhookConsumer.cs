using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.ClosedChannels;
using Gateway.Worker.Priority;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Makes one attempt to deliver a webhook: look up, wait for room and for a slot, sign, post, record, announce. The message is
/// acknowledged only after the attempt is in the job log and, if it failed, after the broker has its <see cref="WebhookAttemptFailed"/>.
/// </summary>
public sealed class DeliverWebhookConsumer(
    EndpointDirectory endpoints,
    MerchantLanes lanes,
    QueueIntakes intakes,
    IDeliveryRegister register,
    WebhookSigner signer,
    WebhookSender sender,
    DeliveryLog deliveryLog,
    EndpointHealth endpointHealth,
    WebhookOptions options,
    TimeProvider time) : IConsumer<DeliverWebhook>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<DeliverWebhook> context)
    {
        var delivery = context.Message;
        if (JobSpan.IsWanted)
        {
            JobSpan.Describe(DeliveryLog.JobOf(context, DeliveryRules.AttemptOf(delivery)));
        }

        var intake = intakes.Of(DeliveryLog.QueueOf(context));
        if (intake.IsPaused)
        {
            // Nothing is to start, so nothing is skipped, takes room from a merchant or is put back for want of it: they all wait here.
            (await intake.EnterAsync(GateRank.Normal, context)).Dispose();
        }

        if (DeliveryRules.Check(delivery) is { } rejection)
        {
            await deliveryLog.RejectedAsync(context, rejection);
            throw rejection;
        }

        var target = await endpoints.FindAsync(delivery.MerchantId, context.CancellationToken);
        if (target.ReasonToSkip(delivery.Event, signer.CanSign(target.Secrets)) is { } reason)
        {
            await deliveryLog.SkippedAsync(context, reason);
            return;
        }

        var lane = lanes.Of(delivery.MerchantId, target.Url!);
        GateSlot? slot = null;
        using var lettingGo = CancellationTokenSource.CreateLinkedTokenSource(intake.LettingGo, context.CancellationToken);
        try
        {
            var claim = Claim.Free;
            AttemptMark? made = null;
            var hasRoom = await lane.TryAttemptAsync(
                async () =>
                {
                    slot = await intake.EnterAsync(RankOf(target), context);
                    intake.LastStartedArrivedAt = ArrivedAt.Of(context);
                    claim = await register.ClaimAsync(delivery.DeliveryId, new Claimant(delivery.Attempt + 1, context.MessageId), IsRedelivered(context));
                    return made = claim.IsFree ? await AttemptAsync(delivery, target, context.CancellationToken) : null;
                },
                lettingGo.Token);
            if (!hasRoom)
            {
                await SnoozeAsync(context, lane);
                return;
            }

            await SettleAsync(context, target, claim, made);
        }
        catch (OperationCanceledException) when (slot is null && lettingGo.IsCancellationRequested)
        {
            // It waited for room at its merchant.
            throw intake.GiveBack(context);
        }
        finally
        {
            slot?.Dispose();
        }
    }

    private async Task SettleAsync(ConsumeContext<DeliverWebhook> context, WebhookTarget target, Claim claim, AttemptMark? made)
    {
        var delivery = context.Message;
        if (claim.IsHeldByOther)
        {
            // The same delivery was published twice and the other one is on its way: look again when its outcome is known.
            var enqueuedAt = EnqueuedAt.Of(context);
            await context.ScheduleSend(
                context.ReceiveContext.InputAddress,
                options.RetryDelays[0],
                delivery,
                Pipe.Execute<SendContext<DeliverWebhook>>(send => EnqueuedAt.Keep(send, enqueuedAt)),
                context.CancellationToken);
            return;
        }

        if (claim.IsPast)
        {
            return;
        }

        if (claim.Made is { } known && !(IsRedelivered(context) && known.Attempt == delivery.Attempt + 1))
        {
            await deliveryLog.SkippedAsync(context, SkipReason.AlreadyDelivered);
            return;
        }

        // A consumer died after it posted and before it acknowledged: what may be missing is the record, not another post.
        var settled = claim.Made ?? made!;

        await deliveryLog.AttemptedAsync(context, settled);
        await endpointHealth.NoteAsync(target, settled, context.CancellationToken);
        await AnnounceAsync(context, settled);
    }

    // The merchant has no room for it: it comes again later, as it is. That is no attempt and costs no slot.
    private async Task SnoozeAsync(ConsumeContext<DeliverWebhook> context, MerchantLane lane)
    {
        var wait = lane.NextTurn(Random.Shared.NextDouble());
        var redeliveries = context.GetRedeliveryCount();
        var enqueuedAt = EnqueuedAt.Of(context);
        await context.ScheduleSend(
            context.ReceiveContext.InputAddress,
            wait,
            context.Message,
            Pipe.Execute<SendContext<DeliverWebhook>>(send =>
            {
                EnqueuedAt.Keep(send, enqueuedAt);
                if (redeliveries > 0)
                {
                    send.Headers.Set(MessageHeaders.RedeliveryCount, redeliveries);
                }
            }),
            context.CancellationToken);
        lanes.Snoozed();
        deliveryLog.Snoozed(context, lane.State, wait);
    }

    private static bool IsRedelivered(ConsumeContext<DeliverWebhook> context) => context.ReceiveContext.Redelivered || context.GetRedeliveryCount() > 0;

    private static GateRank RankOf(WebhookTarget target) => target.Endpoint!.KycTier switch
    {
        KycTier.Tier3 => GateRank.High,
        KycTier.Tier2 => GateRank.Normal,
        _ => GateRank.Low,
    };

    private async Task<AttemptMark> AttemptAsync(DeliverWebhook delivery, WebhookTarget target, CancellationToken cancellationToken)
    {
        var attempt = delivery.Attempt + 1;
        var startedAt = time.GetUtcNow();
        var request = signer.Sign(delivery, target.Url!, target.Secrets, attempt, startedAt);
        var result = await sender.SendAsync(request, cancellationToken);
        var mark = new AttemptMark(attempt, RunId.At(startedAt), startedAt.UtcDateTime, result);
        register.Remember(delivery.DeliveryId, mark);
        return mark;
    }

    private static async Task AnnounceAsync(ConsumeContext<DeliverWebhook> context, AttemptMark made)
    {
        var delivery = context.Message;
        var endedAt = new DateTimeOffset(made.StartedAt) + made.Result.Duration;
        if (made.Result.Outcome == AttemptOutcome.Succeeded)
        {
            if (made.Attempt > 1)
            {
                var recovered = new WebhookRecovered
                {
                    DeliveryId = delivery.DeliveryId,
                    MerchantId = delivery.MerchantId,
                    Event = delivery.Event,
                    Attempt = made.Attempt,
                    DeliveredAt = endedAt,
                };
                await context.Publish(recovered, context.CancellationToken).EndingWith(context.CancellationToken);
            }

            return;
        }

        var failed = new WebhookAttemptFailed
        {
            DeliveryId = delivery.DeliveryId,
            Delivery = delivery with { OccurredAt = delivery.OccurredAt ?? made.StartedAt },
            Attempt = made.Attempt,
            Reason = AttemptReason.Of(made.Result.Outcome),
            StatusCode = made.Result.StatusCode,
            RetryAfterSeconds = (int?)made.Result.RetryAfter?.TotalSeconds,
            IsFinal = made.Result.Outcome == AttemptOutcome.Gone,
            FailedAt = endedAt,
        };
        // The retry, which the saga sends, is to say when the first attempt was asked for.
        var enqueuedAt = EnqueuedAt.Of(context) ?? made.StartedAt;
        await context.Publish(failed, Pipe.Execute<PublishContext<WebhookAttemptFailed>>(publish => EnqueuedAt.Keep(publish, enqueuedAt)), context.CancellationToken)
            .EndingWith(context.CancellationToken);
    }
}
