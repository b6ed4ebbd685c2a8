using MassTransit;

namespace Gateway.Worker.Gate;

/// <summary>
/// A message that wants to start: it waits here, and keeps the slot that it gets until this is disposed. A wait that is ended gives the
/// message back to its queue.
/// </summary>
public sealed class GatePlace(GatedQueue queue, ConsumeContext context) : IDisposable
{
    private GateSlot? _slot;

    /// <summary>Waits for something that is needed before a slot is.</summary>
    /// <exception cref="OperationCanceledException">The wait was ended; the message returns to its queue as it is.</exception>
    public async ValueTask<T> WaitAsync<T>(Func<CancellationToken, ValueTask<T>> wait)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(queue.EndOfWaits(context), context.CancellationToken);
        try
        {
            return await wait(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw queue.GiveBack(context);
        }
    }

    /// <summary>Waits for a slot, as <see cref="GatedQueue.TryEnterAsync"/> does.</summary>
    /// <returns>Whether there is one; else it is of no use to wait.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended; the message returns to its queue as it is.</exception>
    public async ValueTask<bool> TryEnterAsync(GateRank rank, GateStanding standing)
    {
        _slot = await queue.TryEnterAsync(rank, standing, context);
        return _slot is not null;
    }

    /// <summary>Says that the message starts now.</summary>
    public void Start() => queue.Start(context);

    /// <inheritdoc/>
    public void Dispose() => _slot?.Dispose();
}
