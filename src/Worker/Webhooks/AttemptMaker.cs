using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
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
/// Makes an attempt that nothing forbids: waits for room at the merchant and for a slot, claims the attempt, signs and posts.
/// </summary>
public sealed class AttemptMaker(
    EndpointHolds holds,
    MerchantBulkheads bulkheads,
    IDeliveryRegister register,
    RecordedAttempts recorded,
    WebhookSigner signer,
    WebhookSender sender,
    RetrySchedule schedule,
    WebhookOptions options,
    TimeProvider time)
{
    /// <summary>Makes the attempt, or says what stands against it. Leaves the slot to <paramref name="place"/>.</summary>
    /// <param name="context">The message.</param>
    /// <param name="road">How it came.</param>
    /// <param name="target">The endpoint, which has a URL.</param>
    /// <param name="place">Where the message waits.</param>
    /// <exception cref="OperationCanceledException">The queue stops; the message returns to it as it is.</exception>
    public async Task<Verdict> TryAttemptAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, GatePlace place)
    {
        if (WhyHeld(target, road) is { } held)
        {
            return new Verdict.PutAside(held);
        }

        var bulkhead = bulkheads.GetOrAdd(context.Message.MerchantId, target.Url!);
        using var room = await place.WaitAsync(bulkhead.TryEnterAsync);
        if (room is null)
        {
            return new Verdict.PutAside(WaitReason.NoRoom, bulkhead.Comeback);
        }

        if (!await place.TryEnterAsync(RankOf(target), bulkhead.StandingOr(target.Endpoint!.IsFailing)))
        {
            var attempt = DeliveryRules.AttemptOf(context.Message);
            var age = time.GetUtcNow().UtcDateTime - (attempt > 1 ? OnTheRoad.WaitsSince(context, time) : EnqueuedAt.Of(context, time));
            return new Verdict.PutAside(WaitReason.NoRoom, schedule.WhenCrowded(attempt, age, Random.Shared.NextDouble()));
        }

        if (WhyHeld(target, road) is { } heldMeanwhile)
        {
            // Those before it have failed while it waited.
            return new Verdict.PutAside(heldMeanwhile);
        }

        place.Start();
        return await ClaimAndAttemptAsync(context, road, target, bulkhead);
    }

    private async Task<Verdict> ClaimAndAttemptAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, MerchantBulkhead bulkhead)
    {
        var delivery = context.Message;
        var key = new DeliveryKey(delivery.DeliveryId, target.Endpoint!.MerchantId);
        var claimant = new Claimant(DeliveryRules.AttemptOf(delivery), context.MessageId)
        {
            Content = WebhookContent.HashOf(delivery),
            OccurredAt = road.TellsTime ? null : delivery.OccurredAt?.UtcDateTime,
        };
        var claim = await register.ClaimAsync(key, claimant, road.MayHaveTwin);
        if (claim is Claim.Past || IsOfThisAttempt(claim))
        {
            // The register knows nothing of publications; in the job log an earlier one under the same id is an earlier one.
            if (await recorded.IsRecordedAsync(context, road))
            {
                // Sent once and handed out once, it is a message of its own, and somebody may look for what became of it.
                return claim is Claim.Made { Record.Result.Outcome: AttemptOutcome.Succeeded } && !road.MayBeRepeated
                    ? new Verdict.Skipped(SkipReason.AlreadyDelivered)
                    : new Verdict.Past();
            }

            claim = claim is Claim.Past ? await register.ClaimAsync(key, claimant, mayBeRepeated: false) : claim;
        }

        return claim switch
        {
            Claim.Free => await AttemptAsync(key, delivery, target, claimant.After(claim), bulkhead, context.CancellationToken),
            // A consumer died after it posted and before it acknowledged: what may be missing is the record, not another post.
            Claim.Made made when IsOfThisAttempt(claim) => new Verdict.Attempted(made.Record, OpensCircuit: false),
            Claim.Made => new Verdict.Skipped(SkipReason.AlreadyDelivered),
            // The same delivery was published twice and the other one is on its way: look again when its outcome is known.
            Claim.HeldByOther => new Verdict.PutAside(WaitReason.Duplicate, options.RetryDelays[0]),
            Claim.Conflict => new Verdict.Rejected(DeliveryRules.Conflict(delivery)),
            _ => new Verdict.Past(),
        };

        bool IsOfThisAttempt(Claim claim) => road.MayHaveTwin && claim is Claim.Made made && made.Record.Attempt == delivery.Attempt + 1;
    }

    private async Task<Verdict> AttemptAsync(
        DeliveryKey key,
        DeliverWebhook delivery,
        WebhookTarget target,
        Claimant claimant,
        MerchantBulkhead bulkhead,
        CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        AttemptResult result;
        try
        {
            // It may have been attempted before, with another time of arrival, and is to say the same now.
            var request = signer.Sign(
                PublishedAt.Tell(delivery, claimant.OccurredAt), target.Url!, target.Secrets, claimant.Attempt, startedAt);
            result = await sender.SendAsync(request, cancellationToken);
        }
        catch
        {
            // Whoever comes next, with this message or with another one for the same lease, need not wait until the claim runs out.
            register.GiveUp(key, claimant);
            throw;
        }

        var record = new AttemptRecord(claimant.Attempt, RunId.At(startedAt), startedAt.UtcDateTime, result)
        {
            Content = claimant.Content,
            OccurredAt = claimant.OccurredAt,
        };
        register.Remember(key, record);
        return new Verdict.Attempted(record, OpensCircuit: bulkhead.Note(result));
    }

    private WaitReason? WhyHeld(WebhookTarget target, OnTheRoad road) =>
        road.IsProbe ? null : holds.Find(target.Endpoint!.MerchantId, target.Endpoint.Url)?.Reason switch
        {
            null => null,
            HoldReason.CircuitOpen => WaitReason.CircuitOpen,
            _ => WaitReason.RetryAfter,
        };

    private static GateRank RankOf(WebhookTarget target) => target.Rank switch
    {
        WebhookTarget.HighestRank => GateRank.High,
        > 0 => GateRank.Normal,
        _ => GateRank.Low,
    };
}
