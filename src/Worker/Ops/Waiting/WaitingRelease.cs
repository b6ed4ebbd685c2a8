using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Makes webhooks that wait due now, and ends the hold of their merchants. What is of a disabled endpoint stays.</summary>
public sealed class WaitingRelease(
    WaitingList waiting, WaitingByMerchant byMerchant, EndpointHolds holds, WaitingSignal signal, BrokerAlarms alarms)
{
    /// <summary>How many webhooks a release would be about.</summary>
    public async Task<Result<WaitingCount>> CountAsync(WaitingFilter filter, CancellationToken cancellationToken)
    {
        var count = await waiting.CountAsync(filter, cancellationToken);
        return Judge(filter, count, count.Waiting - count.OfDisabled, count.OfDisabled, $"counted {count.Waiting}");
    }

    /// <summary>Releases what matches.</summary>
    public async Task<Result<ReleaseOutcome>> ReleaseAsync(WaitingFilter filter, CancellationToken cancellationToken)
    {
        if (alarms.Now is { } alarm)
        {
            return Refusal.InAlarm("Not released", alarm);
        }

        var outcome = await waiting.ReleaseAsync(filter, cancellationToken);
        foreach (var merchantId in outcome.HoldsEnded)
        {
            // Other workers hear of it within a second, and until then let what comes wait again.
            holds.End(merchantId);
        }

        byMerchant.Forget();
        signal.Set();
        return Judge(
            filter,
            outcome,
            outcome.Released,
            outcome.OfDisabled,
            $"released {outcome.Released}, {outcome.OnTheRoad} on the road, {outcome.OfDisabled} of disabled endpoints, "
            + $"{outcome.HoldsEnded.Count} holds ended");
    }

    // Who asks for one merchant or one webhook, and gets nothing, is told why.
    private static Result<T> Judge<T>(WaitingFilter filter, T value, int released, int ofDisabled, string outcome)
        where T : notnull =>
        (filter.MerchantId ?? filter.DeliveryId) is not null && released == 0 && ofDisabled > 0
            ? Result.Refused<T>(
                Refusal.Conflict(
                    "Not released",
                    "The endpoint is disabled; enable it first: POST /api/webhooks/endpoints/{merchant}/enable."),
                outcome)
            : Result.Done(value, outcome);
}
