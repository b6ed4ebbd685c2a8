using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Gateway.Worker.Jobs;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Makes one attempt to deliver a webhook: look up, wait for room and for a slot, sign, post, record. What follows from the attempt is
/// decided here, once, and is in the commit that records it; the message is acknowledged after that commit. What cannot be attempted now
/// goes to the waiting room, in a commit too.
/// </summary>
public sealed class DeliverWebhookConsumer(
    EndpointDirectory endpoints,
    EndpointHolds holds,
    MerchantBulkheads bulkheads,
    GatedQueues intakes,
    IDeliveryRegister register,
    RecordedAttempts recorded,
    IWaitingRoom waitingRoom,
    WebhookSigner signer,
    WebhookSender sender,
    RetrySchedule schedule,
    DeliveryLog deliveryLog,
    EndpointHealth endpointHealth,
    WebhookOptions options,
    TimeProvider time,
    ILogger<DeliverWebhookConsumer> logger) : IConsumer<DeliverWebhook>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<DeliverWebhook> context)
    {
        var road = OnTheRoad.Of(context);
        var isTimed = PublishedAt.IsTold(context, time);
        context = PublishedAt.Tell(context, time);
        try
        {
            await DeliverAsync(context, road, isTimed);
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

    private async Task DeliverAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, bool isTimed)
    {
        var delivery = context.Message;
        var attempt = DeliveryRules.AttemptOf(delivery);
        if (JobSpan.IsWanted)
        {
            JobSpan.Describe(DeliveryLog.JobOf(context, attempt));
        }

        var intake = intakes.Of(DeliveryLog.QueueOf(context));
        if (intake.IsPaused)
        {
            // Nothing is to start, so nothing is skipped, takes room from a merchant or is put aside for want of it: they all wait here.
            (await intake.EnterAsync(GateRank.Normal, context)).Dispose();
        }

        if (DeliveryRules.Check(delivery, options.MaxPayloadBytes) is { } rejection)
        {
            await RejectAsync(context, road, rejection);
        }

        var target = await endpoints.FindAsync(delivery.MerchantId, context.CancellationToken);
        if (road.MayBeRepeated && target.Endpoint is not null && await IsRecordedAsync(context, road))
        {
            // Before it is skipped or put aside: it was attempted, so neither can happen to it any more.
            await deliveryLog.PastAsync(context, road, target);
            return;
        }

        if (target.ReasonToSkip(delivery.Event, signer.CanSign(target.Secrets)) is { } reason)
        {
            // A retry waits until its endpoint is enabled again, and so does what may have been attempted.
            await (reason == SkipReason.EndpointDisabled && road.MayHaveTwin
                ? PutAsideAsync(context, road, target, WaitReason.PausedEndpoint)
                : deliveryLog.SkippedAsync(context, road, target, reason));
            return;
        }

        if (IsHeld(target, road, out var held))
        {
            await PutAsideAsync(context, road, target, held);
            return;
        }

        var bulkhead = bulkheads.GetOrAdd(delivery.MerchantId, target.Url!);
        GateSlot? slot = null;
        using var lettingGo = CancellationTokenSource.CreateLinkedTokenSource(intake.LettingGo, context.CancellationToken);
        try
        {
            var claim = Claim.Free;
            AttemptRecord? made = null;
            var opensCircuit = false;
            using (var room = await bulkhead.TryEnterAsync(lettingGo.Token))
            {
                if (room is null)
                {
                    await PutAsideAsync(context, road, target, WaitReason.NoRoom, bulkhead.Comeback);
                    return;
                }

                slot = await intake.TryEnterAsync(RankOf(target), bulkhead.StandingOr(target.Endpoint!.IsFailing), context);
                if (slot is null)
                {
                    var age = time.GetUtcNow().UtcDateTime - EnqueuedAt.Of(context);
                    var wait = RetrySchedule.WhenCrowded(age, Random.Shared.NextDouble());
                    await PutAsideAsync(context, road, target, WaitReason.NoRoom, wait);
                    return;
                }

                if (IsHeld(target, road, out held))
                {
                    // Those before it have failed while it waited.
                    await PutAsideAsync(context, road, target, held);
                    return;
                }

                intake.LastStartedArrivedAt = ArrivedAt.Of(context);
                var claimant = new Claimant(attempt, context.MessageId)
                {
                    Content = WebhookContent.HashOf(delivery),
                    OccurredAt = isTimed ? null : delivery.OccurredAt?.UtcDateTime,
                };
                claim = await ClaimAsync(context, road, target, claimant);
                claimant = claimant.After(claim);
                if (claimant.OccurredAt is { } told)
                {
                    // It was attempted before, with another time of arrival, and is to say the same now.
                    context = PublishedAt.Tell(context, told);
                }

                if (claim.IsFree)
                {
                    made = await AttemptAsync(context, target, claimant);
                    opensCircuit = bulkhead.Note(made.Result);
                }
            }

            await SettleAsync(context, road, target, claim, made, opensCircuit);
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

    private async Task SettleAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, Claim claim, AttemptRecord? made, bool opensCircuit)
    {
        if (claim.IsConflict)
        {
            await RejectAsync(context, road, DeliveryRules.Conflict(context.Message));
        }

        if (claim.IsHeldByOther)
        {
            // The same delivery was published twice and the other one is on its way: look again when its outcome is known.
            await PutAsideAsync(context, road, target, WaitReason.Duplicate, options.RetryDelays[0]);
            return;
        }

        if (claim.IsPast)
        {
            // Sent once and handed out once, it is a message of its own, and somebody may look for what became of it.
            await (claim.Made?.Result.Outcome == AttemptOutcome.Succeeded && !road.MayBeRepeated
                ? deliveryLog.SkippedAsync(context, road, target, SkipReason.AlreadyDelivered)
                : deliveryLog.PastAsync(context, road, target));
            return;
        }

        if (claim.Made is { } known && !IsOfThisAttempt(known, context, road))
        {
            await deliveryLog.SkippedAsync(context, road, target, SkipReason.AlreadyDelivered);
            return;
        }

        // A consumer died after it posted and before it acknowledged: what may be missing is the record, not another post.
        var settled = claim.Made ?? made!;
        var next = schedule.After(settled.Attempt, settled.EndedAt, settled.Result, Random.Shared.NextDouble());
        var change = endpointHealth.ChangeAfter(target, settled, road.IsProbe, opensCircuit);
        await deliveryLog.AttemptedAsync(context, road, target, settled, next, change);
        await endpointHealth.NoteAsync(target, settled, change, context.CancellationToken);
    }

    private async Task<Claim> ClaimAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, Claimant claimant)
    {
        var key = KeyOf(context, target);
        var claim = await register.ClaimAsync(key, claimant, road.MayHaveTwin);
        if (!claim.IsPast && !(claim.Made is { } known && IsOfThisAttempt(known, context, road)))
        {
            return claim;
        }

        // The register knows nothing of publications; in the job log an earlier one under the same id is an earlier one.
        return await IsRecordedAsync(context, road) ? claim with { IsPast = true }
            : claim.IsPast ? await register.ClaimAsync(key, claimant, mayBeRepeated: false)
            : claim;
    }

    private static bool IsOfThisAttempt(AttemptRecord known, ConsumeContext<DeliverWebhook> context, OnTheRoad road) =>
        road.MayHaveTwin && known.Attempt == context.Message.Attempt + 1;

    private ValueTask<bool> IsRecordedAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road) => recorded.IsRecordedAsync(
        context.Message, road.Round, DeliveryRules.AttemptOf(context.Message), EnqueuedAt.Of(context), context.CancellationToken);

    private bool IsHeld(WebhookTarget target, OnTheRoad road, out WaitReason reason)
    {
        var hold = road.IsProbe ? null : holds.Find(target.Endpoint!.MerchantId, target.Endpoint.Url);
        reason = hold?.Reason == HoldReason.CircuitOpen ? WaitReason.CircuitOpen : WaitReason.RetryAfter;
        return hold is not null;
    }

    private Task PutAsideAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, WaitReason reason, TimeSpan wait = default) =>
        PutAsideAsync(context, road, target.Endpoint!.MerchantId, target.Rank, reason, wait);

    private async Task PutAsideAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, Guid merchantId, short rank, WaitReason reason, TimeSpan wait)
    {
        while (!await deliveryLog.PutAsideAsync(context, road, merchantId, rank, reason, time.GetUtcNow().UtcDateTime + wait))
        {
            // Another message under its id waits already. The same text twice is one webhook; another one must not go with it unseen.
            var key = new DeliveryKey(context.Message.DeliveryId, merchantId);
            var waiting = await waitingRoom.ReadAsync([key], context.CancellationToken);
            if (waiting is [var entry])
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

    private static GateRank RankOf(WebhookTarget target) => target.Rank switch
    {
        WebhookTarget.HighestRank => GateRank.High,
        > 0 => GateRank.Normal,
        _ => GateRank.Low,
    };

    private async Task<AttemptRecord> AttemptAsync(ConsumeContext<DeliverWebhook> context, WebhookTarget target, Claimant claimant)
    {
        var delivery = context.Message;
        var key = KeyOf(context, target);
        var startedAt = time.GetUtcNow();
        AttemptResult result;
        try
        {
            var request = signer.Sign(delivery, target.Url!, target.Secrets, claimant.Attempt, startedAt);
            result = await sender.SendAsync(request, context.CancellationToken);
        }
        catch
        {
            // Whoever comes next, with this message or with another one for the same lease, need not wait until the claim runs out.
            register.GiveUp(key, claimant);
            throw;
        }

        var mark = new AttemptRecord(claimant.Attempt, RunId.At(startedAt), startedAt.UtcDateTime, result)
        {
            Content = claimant.Content,
            OccurredAt = claimant.OccurredAt,
        };
        register.Remember(key, mark);
        return mark;
    }

    private static DeliveryKey KeyOf(ConsumeContext<DeliverWebhook> context, WebhookTarget target) =>
        new(context.Message.DeliveryId, target.Endpoint!.MerchantId);
}
