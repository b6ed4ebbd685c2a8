using System.Collections.Concurrent;

namespace Gateway.Worker.Outbox;

/// <summary>What has become of the messages of a batch.</summary>
internal sealed class BatchOutcome
{
    /// <summary>Positions of those that the broker has confirmed.</summary>
    public ConcurrentBag<long> Published { get; } = [];

    /// <summary>Those that this version of the worker cannot read, with the reason.</summary>
    public ConcurrentDictionary<long, string> Unreadable { get; } = [];

    /// <summary>Those that the broker does not take, or whose contract this version does not know, with the reason.</summary>
    public ConcurrentDictionary<long, string> Refused { get; } = [];

    /// <summary>What kept others from being published.</summary>
    public ConcurrentQueue<Exception> Failures { get; } = [];

    /// <summary>Whether it is known what becomes of a message.</summary>
    public bool HasEnded(long position) =>
        Published.Contains(position) || Unreadable.ContainsKey(position) || Refused.ContainsKey(position);
}
