using Gateway.Contracts;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>A message on its way out of the waiting room.</summary>
/// <param name="Release">What was leased.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Delivery">Its message, read.</param>
public sealed record OutgoingWebhook(ReleasedWebhook Release, WaitingWebhook Entry, DeliverWebhook Delivery)
{
    /// <summary>The queue that it belongs to, whichever of its partitions it is sent to.</summary>
    public string Queue => Entry.Attempt > 1 ? QueueNames.WebhooksRetry : QueueNames.Webhooks;

    /// <summary>What its message says of itself, as <see cref="OnTheRoad"/> reads it.</summary>
    public IEnumerable<(string Name, string Value)> Headers()
    {
        yield return (EnqueuedAt.Header, UnixMilliseconds.Format(Entry.EnqueuedAt));
        yield return (RoadHeaders.Release, Release.ReleaseId.ToString());
        yield return (RoadHeaders.Releases, FormattableString.Invariant($"{Release.Releases}"));
        if (Entry.Attempt > 1)
        {
            yield return (RoadHeaders.WaitsSince, UnixMilliseconds.Format(Entry.WaitsSince));
        }

        if (Entry.Round > 0)
        {
            yield return (JobRound.Header, FormattableString.Invariant($"{Entry.Round}"));
        }

        if (Entry.Faults > 0)
        {
            yield return (RoadHeaders.Faults, FormattableString.Invariant($"{Entry.Faults}"));
        }

        if (Entry.IsRedelivered)
        {
            yield return (RoadHeaders.Redelivered, RedeliveredMark.Value);
        }

        if (Release.IsProbe)
        {
            yield return (RoadHeaders.Probe, "true");
        }

        if (Entry.TraceParent is { } trace)
        {
            yield return (MassTransit.Logging.DiagnosticHeaders.ActivityId, trace);
        }
    }
}
