namespace Gateway.Worker.Bus.Topology;

/// <summary>What a check of the queues has found.</summary>
/// <param name="Checked">How many of the worker's queues there are.</param>
/// <param name="Missing">Those of the consumed queues that are not there yet: a worker that starts declares them.</param>
/// <param name="Untold">Those that are there, and of which it is not told yet which policies apply.</param>
/// <param name="Declared">What was declared otherwise than it is needed, which nothing but another queue changes.</param>
/// <param name="BrokenOff">The queues in which messages still wait, because a migration was broken off.</param>
/// <param name="Policies">What policies take away.</param>
public sealed record TopologyReport(
    int Checked,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Untold,
    IReadOnlyList<TopologyFinding> Declared,
    IReadOnlyList<TopologyFinding> BrokenOff,
    IReadOnlyList<TopologyFinding> Policies)
{
    /// <summary>All that is not as it is needed.</summary>
    public IEnumerable<TopologyFinding> Findings => Declared.Concat(BrokenOff).Concat(Policies);
}
