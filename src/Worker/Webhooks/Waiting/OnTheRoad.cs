using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>How a delivery came to its queue, as its message tells.</summary>
/// <param name="ReleaseId">The release by which it was sent out of the waiting room; null for one that its publisher sent.</param>
/// <param name="Releases">How often it was sent for this attempt; 0 for one that its publisher sent.</param>
/// <param name="Round">As in <see cref="JobRound"/>.</param>
/// <param name="Faults">How often the worker failed before this attempt could be made.</param>
/// <param name="IsRedelivered">Whether the broker has handed it out before, now or before it came to wait.</param>
/// <param name="IsProbe">Whether it shows if the endpoint answers again.</param>
public readonly record struct OnTheRoad(Guid? ReleaseId, short Releases, short Round, short Faults, bool IsRedelivered, bool IsProbe)
{
    /// <summary>
    /// Whether the message tells when it happened or was published, so that it tells the same each time the broker hands it out.
    /// </summary>
    public bool TellsTime { get; init; }

    /// <summary>
    /// Whether it may have been attempted before, by this message or by one that was sent for the same lease: the outcome then stands for
    /// both.
    /// </summary>
    public bool MayBeRepeated => IsRedelivered || Releases > 1;

    /// <summary>
    /// Whether another message may be for the same attempt: one that was sent later for its lease. The outcome of either stands for both.
    /// </summary>
    public bool MayHaveTwin => IsRedelivered || ReleaseId is not null;

    /// <summary>Reads the headers of a message. Never throws.</summary>
    public static OnTheRoad From(ConsumeContext context)
    {
        var headers = context.Headers;
        return new OnTheRoad(
            headers.Uuid(RoadHeaders.Release),
            headers.Number(RoadHeaders.Releases),
            JobRound.Of(context),
            headers.Number(RoadHeaders.Faults, max: 1_000),
            context.ReceiveContext.Redelivered || headers.Flag(RoadHeaders.Redelivered),
            headers.Flag(RoadHeaders.Probe));
    }

    /// <summary>
    /// UTC; when the attempt before the one that a message is for ended. Null for a first attempt, and when the message does not tell.
    /// </summary>
    /// <param name="context">The message.</param>
    /// <param name="time">The clock; a time after it is not believed.</param>
    public static DateTime? WaitsSince(ConsumeContext context, TimeProvider time) =>
        PlausibleTime.OfMilliseconds(UnixMilliseconds.Parse(context.Headers.Text(RoadHeaders.WaitsSince)), time.GetUtcNow().UtcDateTime);
}
