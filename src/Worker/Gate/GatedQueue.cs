using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.Transports;

namespace Gateway.Worker.Gate;

/// <summary>
/// A queue of the broker as the gate sees it: whether its messages may start, and a signal that ends their wait. Messages that wait count
/// as active for MassTransit, so a stop would wait for them; their wait ends instead, and the broker has them again.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue: one of the broker, behind the gate.")]
public sealed class GatedQueue(string queue, WeightedGate gate) : IDisposable
{
    private readonly Lock _applying = new();
    private CancellationTokenSource _endOfWaits = new();
    private Task? _stop;
    private bool _isStopping;
    private bool _isStopped;

    /// <summary>The queue.</summary>
    public string Queue { get; } = queue;

    /// <summary>Whether an operator has paused the queue, as far as this process has heard.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>What the queue's messages do in this process.</summary>
    public GateCounts Counts => gate.CountsOf(Queue);

    /// <summary>Cancelled when messages that have not started shall return to the queue; a new one when it is consumed again.</summary>
    internal CancellationToken EndOfWaits => _endOfWaits.Token;

    /// <summary>
    /// When the message came to the queue that started last, UTC; null when nothing told. What waits in the queue came after it, or about
    /// then.
    /// </summary>
    public DateTime? LastStartedArrivedAt { get; set; }

    /// <summary>The endpoint that consumes the queue; null until it was ready for the first time.</summary>
    internal IReceiveEndpoint? Endpoint { get; set; }

    /// <summary>A place for a message that wants to start.</summary>
    public GatePlace GetPlace(ConsumeContext context) => new(this, context);

    /// <summary>
    /// Waits for a slot. The wait ends when the queue stops, and also when the message's channel is closed, be it by the broker: the client
    /// reads nothing more of the whole connection until the channel's consumers have ended.
    /// </summary>
    /// <param name="rank">The place among those who wait.</param>
    /// <param name="context">The message that waits.</param>
    /// <exception cref="OperationCanceledException">The wait was ended; the message returns to its queue as it is.</exception>
    public async ValueTask<GateSlot> EnterAsync(GateRank rank, ConsumeContext context) =>
        (await TryEnterAsync(rank, GateStanding.Answering, context))!;

    /// <summary>Waits for a slot in the same way, or until it is of no use to wait.</summary>
    /// <param name="rank">The place among those who wait.</param>
    /// <param name="standing">What is known of those on whom the message waits.</param>
    /// <param name="context">The message that waits.</param>
    /// <returns>Null as <see cref="WeightedGate.TryEnterAsync"/> says.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended; the message returns to its queue as it is.</exception>
    public async ValueTask<GateSlot?> TryEnterAsync(GateRank rank, GateStanding standing, ConsumeContext context)
    {
        try
        {
            return await gate.TryEnterAsync(Queue, rank, standing, EndOfWaits, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw GiveBack(context);
        }
    }

    /// <summary>
    /// Lets a message return to its queue as it is, once <see cref="EndOfWaits"/> or the message's own token is cancelled.
    /// </summary>
    /// <returns>What its consumer is to throw.</returns>
    internal OperationCanceledException GiveBack(ConsumeContext context)
    {
        // Unless its own token is cancelled, MassTransit takes this for a consumer that failed, and retries the message or moves it to
        // the error queue. With it the message stays unsettled, and the broker has it again as soon as the endpoint's channel is closed.
        (context.ReceiveContext as BaseReceiveContext)?.Cancel();
        return new OperationCanceledException($"{Queue} stops taking messages", context.CancellationToken);
    }

    /// <summary>Starts nothing any more, or starts again.</summary>
    /// <returns>Whether that is a change.</returns>
    internal bool Apply(bool isPaused)
    {
        lock (_applying)
        {
            if (IsPaused == isPaused)
            {
                return false;
            }

            IsPaused = isPaused;
            if (isPaused)
            {
                gate.Hold(Queue);
            }
            else
            {
                gate.Release(Queue);
            }

            return true;
        }
    }

    /// <summary>
    /// Gives what waits back to the broker while the queue is paused, and takes messages again when it is not. Only once nothing is in
    /// flight: stopping an endpoint waits for that, and a queue that is resumed meanwhile shall not have to. A stop that has begun goes
    /// through before the queue is consumed again, however often it has to be tried.
    /// </summary>
    /// <param name="limit">How long a step may take.</param>
    /// <param name="time">Measures it.</param>
    /// <exception cref="TimeoutException">The endpoint has not stopped yet; it is waited for at the next call.</exception>
    internal async Task FollowPauseAsync(TimeSpan limit, TimeProvider time)
    {
        if (Endpoint is not { } endpoint)
        {
            return;
        }

        _isStopping |= IsPaused && !_isStopped && Counts.InFlight == 0;
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

        if (!IsPaused && _isStopped)
        {
            // The first messages come before the endpoint is said to be ready.
            using var before = _endOfWaits;
            _endOfWaits = new CancellationTokenSource();
            endpoint.Start(CancellationToken.None);
            _isStopped = false;
        }
    }

    /// <summary>Returns the messages that have not started to the queue.</summary>
    internal void EndWaits() => _endOfWaits.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _endOfWaits.Dispose();
}
