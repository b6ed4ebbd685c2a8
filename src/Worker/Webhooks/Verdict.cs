using Gateway.Persistence.Waiting;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks;

/// <summary>What came of a message that asks for an attempt.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>The attempt was made, now or by a consumer that died before it was recorded.</summary>
    /// <param name="Record">How it ended.</param>
    /// <param name="OpensCircuit">Whether with it most of the last attempts at this endpoint have failed.</param>
    public sealed record Attempted(AttemptRecord Record, bool OpensCircuit) : Verdict;

    /// <summary>It cannot be attempted now.</summary>
    /// <param name="Reason">Why it is put aside.</param>
    /// <param name="Wait">How long it waits at least.</param>
    public sealed record PutAside(WaitReason Reason, TimeSpan Wait = default) : Verdict;

    /// <summary>It is not attempted, and nothing waits.</summary>
    /// <param name="Reason">Why, as one of <see cref="SkipReason"/>.</param>
    public sealed record Skipped(string Reason) : Verdict;

    /// <summary>The attempt was made for another message, and is recorded with what follows from it.</summary>
    public sealed record Past : Verdict;

    /// <summary>It can never be attempted.</summary>
    /// <param name="Rejection">Why it is rejected.</param>
    public sealed record Rejected(RejectedDeliveryException Rejection) : Verdict;
}
