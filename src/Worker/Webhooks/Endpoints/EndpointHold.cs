using Gateway.Persistence.Webhooks;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>An endpoint that is left alone for a while.</summary>
/// <param name="Url">The URL, as the merchant configured it: another URL is another endpoint.</param>
/// <param name="Reason">One of <see cref="HoldReason"/>.</param>
/// <param name="Until">Until when it is left alone, UTC.</param>
/// <param name="Since">Since when it is left alone, UTC.</param>
/// <param name="FailedProbes">How many probes have failed one after another.</param>
public sealed record EndpointHold(string Url, string Reason, DateTime Until, DateTime Since, int FailedProbes)
{
    /// <summary>
    /// Whether it is over by itself: the end of what a merchant asked for. An open circuit closes only when a probe succeeds.
    /// </summary>
    public bool IsOver(DateTime now) => Reason != HoldReason.CircuitOpen && Until <= now;
}
