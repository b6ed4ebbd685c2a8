namespace Gateway.Testing;

/// <summary>A number that grows, and for which a test can wait.</summary>
public sealed class Counter
{
    private readonly Lock _lock = new();
    private readonly List<(int Value, TaskCompletionSource Reached)> _waiting = [];
    private int _value;

    /// <summary>The number now.</summary>
    public int Value => Volatile.Read(ref _value);

    /// <summary>Adds one.</summary>
    /// <returns>The new value.</returns>
    public int Increment() => Add(1);

    /// <summary>Adds several.</summary>
    /// <returns>The new value.</returns>
    public int Add(int more)
    {
        lock (_lock)
        {
            _value += more;
            _waiting.RemoveAll(waiter => waiter.Value <= _value && waiter.Reached.TrySetResult());
            return _value;
        }
    }

    /// <summary>Takes one away.</summary>
    public void Decrement()
    {
        lock (_lock)
        {
            _value--;
        }
    }

    /// <summary>Returns when the number is at least <paramref name="value"/>; fails with what it was instead.</summary>
    public async Task WaitUntilAsync(int value, CancellationToken cancellationToken)
    {
        TaskCompletionSource reached;
        lock (_lock)
        {
            if (_value >= value)
            {
                return;
            }

            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((value, reached));
        }

        try
        {
            await reached.Task.WaitAsync(Eventually.Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The count is {Value} and should have reached {value}.");
        }
    }
}
