using MassTransit;

namespace Gateway.Worker.Gate;

/// <summary>
/// An endpoint that takes the messages of a queue, or of one of its partitions. What waits at the gate returns to the broker when the
/// endpoint stops.
/// </summary>
internal sealed class GatedEndpoint(GatedQueue queue) : IDisposable
{
    private CancellationTokenSource _endOfWaits = new();
    private Task? _stop;
    private bool _isStopping;
    private bool _isStopped;

    /// <summary>Cancelled when messages that have not started shall return to the queue; a new one when it is consumed again.</summary>
    public CancellationToken EndOfWaits => _endOfWaits.Token;

    /// <summary>When the message that started last came to its queue, UTC; null when nothing told.</summary>
    public DateTime? LastStartedArrivedAt { get; set; }

    /// <summary>The endpoint of the bus; null until it was ready for the first time.</summary>
    public IReceiveEndpoint? Endpoint { get; set; }

    /// <summary>
    /// Gives what waits back to the broker while the queue is paused, and takes messages again when it is not. Only once nothing is in
    /// flight: stopping an endpoint waits for that, and a queue that is resumed meanwhile shall not have to. A stop that has begun goes
    /// through before the queue is consumed again, however often it has to be tried.
    /// </summary>
    /// <param name="limit">How long a step may take.</param>
    /// <param name="time">Measures it.</param>
    /// <exception cref="TimeoutException">The endpoint has not stopped yet; it is waited for at the next call.</exception>
    public async Task FollowPauseAsync(TimeSpan limit, TimeProvider time)
    {
        if (Endpoint is not { } endpoint)
        {
            return;
        }

        _isStopping |= queue.IsPaused && !_isStopped && queue.Counts.InFlight == 0;
        if (_isStopping)
        {
            var stop = _stop ??= endpoint.Stop(CancellationToken.None);
            try
            {
                await stop.WaitAsync(limit, time);
                (_isStopping, _isStopped) = (false, true);
            }
            finally
            {
                _stop = stop.IsCompleted ? null : stop;
            }
        }

        if (!queue.IsPaused && _isStopped)
        {
            // The first messages come before the endpoint is said to be ready.
            using var before = _endOfWaits;
            _endOfWaits = new CancellationTokenSource();
            endpoint.Start(CancellationToken.None);
            _isStopped = false;
        }
    }

    /// <summary>Returns the messages that have not started to the queue.</summary>
    public void EndWaits() => _endOfWaits.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _endOfWaits.Dispose();
}
