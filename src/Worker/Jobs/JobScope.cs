using System.Collections;

namespace Gateway.Worker.Jobs;

/// <summary>The job that a log line is about: each line that is written while it runs carries these fields.</summary>
/// <param name="JobId">The job.</param>
/// <param name="JobType">Such as <c>webhook:delivery</c>.</param>
/// <param name="Queue">The queue that its message came from.</param>
/// <param name="Attempt">Counts from 1.</param>
/// <param name="MerchantId">Whose webhook it is; null for other jobs.</param>
/// <param name="Event">What the webhook tells; null for other jobs.</param>
public sealed record JobScope(Guid JobId, string JobType, string Queue, int Attempt, string? MerchantId = null, string? Event = null)
    : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <inheritdoc/>
    public int Count => MerchantId is null ? 4 : 6;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new(nameof(JobId), JobId),
        1 => new(nameof(JobType), JobType),
        2 => new(nameof(Queue), Queue),
        3 => new(nameof(Attempt), Attempt),
        4 => new(nameof(MerchantId), MerchantId),
        5 => new(nameof(Event), Event),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "There are six fields."),
    };

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As text, for consoles that show scopes.</summary>
    public override string ToString() => $"{JobType} {JobId}, attempt {Attempt}";
}
