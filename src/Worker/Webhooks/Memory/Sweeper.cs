using System.Collections.Concurrent;

namespace Gateway.Worker.Webhooks.Memory;

/// <summary>
/// Removes from a dictionary what is over by itself: after as many additions as entries were left the last time, and 4,096 at least. So an
/// addition costs the look at two entries on average at most, however many there are.
/// </summary>
internal sealed class Sweeper
{
    private const int FewestAdditions = 4_096;

    private int _additionsLeft = FewestAdditions;

    /// <summary>Counts an addition, and looks for what is over when it is time for that.</summary>
    public void Added<TKey, TEntry>(ConcurrentDictionary<TKey, TEntry> entries, Func<TEntry, bool> isOver)
        where TKey : notnull
    {
        if (Interlocked.Decrement(ref _additionsLeft) == 0)
        {
            Sweep(entries, isOver);
        }
    }

    /// <summary>Removes what is over. An entry that was replaced meanwhile stays.</summary>
    public void Sweep<TKey, TEntry>(ConcurrentDictionary<TKey, TEntry> entries, Func<TEntry, bool> isOver)
        where TKey : notnull
    {
        foreach (var entry in entries)
        {
            if (isOver(entry.Value))
            {
                entries.TryRemove(entry);
            }
        }

        Volatile.Write(ref _additionsLeft, Math.Max(FewestAdditions, entries.Count));
    }
}
