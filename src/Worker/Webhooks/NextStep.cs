using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Webhooks;

/// <summary>What follows an attempt.</summary>
public abstract record NextStep
{
    private NextStep()
    {
    }

    /// <summary>The merchant has the webhook.</summary>
    public sealed record Delivered : NextStep;

    /// <summary>It is tried again.</summary>
    /// <param name="DueAt">UTC; not before.</param>
    /// <param name="Reason">Why it waits.</param>
    public sealed record Retry(DateTime DueAt, WaitReason Reason) : NextStep;

    /// <summary>It is given up: a dead letter.</summary>
    public sealed record Exhausted : NextStep;
}
