namespace Gateway.Integration.Tests.Sagas;

/// <summary>
/// Holds the first arrivals until all of them are there, so that they have all loaded before any of them saves; lets later ones
/// through.
/// </summary>
public sealed class Rendezvous(int parties)
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _arrivals;

    public int Arrivals => Volatile.Read(ref _arrivals);

    public Task FirstArrival => _first.Task;

    public Task Arrive()
    {
        var arrival = Interlocked.Increment(ref _arrivals);
        _first.TrySetResult();
        if (arrival == parties)
            _complete.SetResult();
        return arrival < parties ? _complete.Task : Task.CompletedTask;
    }
}
