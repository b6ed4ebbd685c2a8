using Gateway.Worker.Bus;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>What a message says that was sent out of the waiting room.</summary>
internal static class RoadHeaders
{
    /// <summary>The release by which it was sent: a UUID.</summary>
    public const string Release = "Gateway-Release";

    /// <summary>How often it was sent for this attempt, from 1.</summary>
    public const string Releases = "Gateway-Releases";

    /// <summary>How often the worker failed before this attempt could be made.</summary>
    public const string Faults = "Gateway-Faults";

    /// <summary>Since when it waits for this attempt: Unix time in milliseconds.</summary>
    public const string WaitsSince = "Gateway-Waits-Since";

    /// <summary><c>true</c> when the broker had handed the message out again before it came to wait.</summary>
    public const string Redelivered = RedeliveredMark.Header;

    /// <summary><c>true</c> when it shows whether the endpoint answers again.</summary>
    public const string Probe = "Gateway-Probe";
}
