using Gateway.Worker.Configuration;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>How webhooks wait. Every value comes from the environment variable that its comment names.</summary>
public sealed record WaitingOptions
{
    /// <summary>
    /// How long a webhook that was sent out of the waiting room may be on the road before it is taken for lost and sent again
    /// (<c>WEBHOOK_LEASE</c>): longer than any wait in a queue and at the gate.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static WaitingOptions Read(Settings settings) => new()
    {
        Lease = settings.Duration("WEBHOOK_LEASE", new WaitingOptions().Lease, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
    };
}
