namespace Gateway.Testing.Workers;

/// <summary>How a worker's process is started.</summary>
/// <param name="Environment">Its variables. Those of the worker that the tests themselves were given are not handed on.</param>
public sealed record WorkerStart(IEnumerable<KeyValuePair<string, string>> Environment)
{
    /// <summary>The worker's assembly: the one that was built with the tests, or another build.</summary>
    public string Assembly { get; init; } = WorkerCommand.Assembly;

    /// <summary>What it is to do, as operators type it.</summary>
    public IReadOnlyList<string> Command { get; init; } = ["serve"];

    /// <summary>A group of processes that has so much memory.</summary>
    public MemoryCgroup? Cgroup { get; init; }

    /// <summary>
    /// The file to which the worker writes its log itself: reading a pipe would take CPU from what is measured. It must be told in
    /// <c>OPS_URL</c> at which port its API is, because nobody reads that from its log.
    /// </summary>
    public string? LogFile { get; init; }

    /// <summary>Whether disposing asks the worker to stop, and kills it only when it has not within a minute. Else it is killed at once.</summary>
    public bool StopsInGoodOrder { get; init; }
}
