using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Webhooks.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Cancels webhooks that wait: they are not attempted any more.</summary>
public sealed class WaitingCancellation(
    WaitingList waiting, WaitingByMerchant byMerchant, WaitingCanceller canceller, WaitingSignal signal)
{
    // One request ends before whoever asks takes it for lost.
    private const int MostAtOnce = 50_000;

    /// <summary>How many webhooks a cancellation would be about.</summary>
    public async Task<Result<WaitingCount>> CountAsync(WaitingFilter filter, CancellationToken cancellationToken)
    {
        var count = await waiting.CountAsync(filter, cancellationToken);
        return Result.Done(count, $"counted {count.Waiting}");
    }

    /// <summary>Cancels what matches, up to 50,000 at once.</summary>
    public async Task<Result<CancelOutcome>> CancelAsync(WaitingFilter filter, CancellationToken cancellationToken)
    {
        var outcome = await canceller.CancelAsync(filter, MostAtOnce, cancellationToken);
        byMerchant.Forget();
        signal.Set();
        return Result.Done(
            outcome, $"cancelled {outcome.Cancelled}, {outcome.OnTheRoad} on the road{(outcome.HasMore ? ", more are left" : "")}");
    }
}
