namespace Gateway.Worker.Bus.Topology;

/// <summary>Something of a queue that is not as the worker needs it.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Setting">The argument, or what a policy sets, such as <c>x-queue-type</c> or <c>message-ttl</c>.</param>
/// <param name="Found">What is there.</param>
/// <param name="Needed">What the worker needs.</param>
/// <param name="Remedy">What an operator can do, as a sentence.</param>
public sealed record TopologyFinding(string Queue, string Setting, string Found, string Needed, string Remedy)
{
    /// <summary>All of it in one line.</summary>
    public override string ToString() => $"{Queue}: {Setting} is {Found}, and the worker needs {Needed}. {Remedy}";
}
