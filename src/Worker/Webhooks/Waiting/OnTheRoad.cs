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
    /// <summary>Whether there may be another message for the same attempt, whose outcome then stands for both.</summary>
    public bool MayBeRepeated => IsRedelivered || ReleaseId is not null;

    /// <summary>Reads the headers of a message. Never throws.</summary>
    public static OnTheRoad Of(ConsumeContext context)
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
}
