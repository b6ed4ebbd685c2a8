using Gateway.Worker.Bus;

namespace Gateway.Worker.Jobs;

/// <summary>An attempt failed for a known reason.</summary>
/// <param name="reason">One word of the job's list of reasons, such as <c>rpc_unreachable</c>, at most 64 characters.</param>
/// <param name="message">What happened, for the operator; no personal data, no secrets.</param>
/// <param name="innerException">The cause.</param>
/// <param name="isFinal">True when another attempt would fail for the same reason: there is none.</param>
public sealed class JobFailedException(string reason, string message, Exception? innerException = null, bool isFinal = false)
    : Exception(message, innerException), ITellsReason
{
    /// <summary>The reason, as it stands in <c>job_runs</c>.</summary>
    public string Reason { get; } = reason;

    /// <summary>Whether the job is dead by this attempt already.</summary>
    public bool IsFinal { get; } = isFinal;
}
