using Gateway.Persistence.Outbox;

namespace Gateway.Persistence.Webhooks;

/// <summary>What an attempt changes about its endpoint, in the commit that records the attempt.</summary>
public abstract record EndpointChange
{
    private EndpointChange()
    {
    }

    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>The URL that was attempted, as the merchant configured it: another URL is another endpoint.</summary>
    public required string Url { get; init; }

    /// <summary>UTC; when the attempt ended.</summary>
    public required DateTime At { get; init; }

    /// <summary>Leaves the endpoint alone until a time, for all workers. A hold that lasts longer stays.</summary>
    /// <param name="Until">Until when it is left alone, UTC.</param>
    /// <param name="Reason">One of <see cref="HoldReason"/>.</param>
    /// <param name="FailedProbes">How many probes have failed one after another; 0 when the hold begins.</param>
    public sealed record Hold(DateTime Until, string Reason, int FailedProbes) : EndpointChange;

    /// <summary>Ends a hold: the endpoint answers again.</summary>
    public sealed record EndHold : EndpointChange;

    /// <summary>Has another probe sent at once: the one that was on its way was not attempted, so it shows nothing.</summary>
    public sealed record ProbeAgain : EndpointChange;

    /// <summary>Turns the endpoint off, unless it is already.</summary>
    /// <param name="Reason">Why, as one word, at most 64 characters.</param>
    /// <param name="Notification">The event that tells others, written with the change or not at all.</param>
    public sealed record Disable(string Reason, OutboxMessage Notification) : EndpointChange;
}
