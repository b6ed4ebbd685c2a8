using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gateway.Worker.Bus;
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
    private readonly ConcurrentDictionary<Uri, GatedEndpoint> _endpoints = new();

    /// <summary>The queue.</summary>
    public string Queue { get; } = queue;

    /// <summary>Whether an operator has paused the queue, as far as this process has heard.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>What the queue's messages do in this process.</summary>
    public GateCounts Counts => gate.CountsOf(Queue);

    /// <summary>
    /// When the message came to the queue that started last, UTC; null when nothing told. What waits in the queue came after it, or about
    /// then. Of a queue with partitions the one that is furthest behind counts.
    /// </summary>
    /// <param name="isBehind">Whether messages wait in a partition, by its name.</param>
    public DateTime? LastStartedArrivedAt(Func<string, bool> isBehind) => _endpoints
        .Where(endpoint => _endpoints.Count == 1 || isBehind(QueueNames.From(endpoint.Key)))
        .Min(endpoint => endpoint.Value.LastStartedArrivedAt);

    /// <summary>Notes that a message starts now.</summary>
    public void Start(ConsumeContext context) => EndpointOf(context).LastStartedArrivedAt = ArrivedAt.Of(context);

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
            return await gate.TryEnterAsync(Queue, rank, standing, EndOfWaits(context), context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw GiveBack(context);
        }
    }

    /// <summary>
    /// Lets a message return to its queue as it is, once the wait is ended or the message's own token is cancelled.
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

    /// <summary>Cancelled when messages of an endpoint that have not started shall return to the queue.</summary>
    internal CancellationToken EndOfWaits(ConsumeContext context) => EndpointOf(context).EndOfWaits;

    /// <summary>The endpoint with this address.</summary>
    internal GatedEndpoint EndpointAt(Uri inputAddress) =>
        _endpoints.GetOrAdd(inputAddress, static (_, queue) => new GatedEndpoint(queue), this);

    /// <summary>
    /// Gives what waits back to the broker while the queue is paused, and takes messages again when it is not, as
    /// <see cref="GatedEndpoint.FollowPauseAsync"/> says.
    /// </summary>
    internal Task FollowPauseAsync(TimeSpan limit, TimeProvider time) =>
        Task.WhenAll(_endpoints.Values.Select(endpoint => endpoint.FollowPauseAsync(limit, time)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var endpoint in _endpoints.Values)
        {
            endpoint.Dispose();
        }
    }

    private GatedEndpoint EndpointOf(ConsumeContext context) => EndpointAt(context.ReceiveContext.InputAddress);
}
