using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>What a release or a cancellation would be about.</summary>
/// <param name="Count">Entries that would be released or cancelled.</param>
/// <param name="OnTheRoad">Entries that match and are on the road already.</param>
/// <param name="HeldByDisabled">Entries that match and would not be released, because their endpoint is disabled.</param>
public sealed record WaitingCountResponse(int Count, int OnTheRoad, int? HeldByDisabled = null)
{
    /// <summary>Shows what a release would be about.</summary>
    public static WaitingCountResponse OfRelease(WaitingCount count) =>
        new(count.Waiting - count.OfDisabled, count.OnTheRoad, count.OfDisabled);

    /// <summary>Shows what a cancellation would be about.</summary>
    public static WaitingCountResponse OfCancellation(WaitingCount count) => new(count.Waiting, count.OnTheRoad);
}
