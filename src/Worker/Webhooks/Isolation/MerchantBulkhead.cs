using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using Gateway.Worker.Gate;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>
/// What one merchant has of this process: so many attempts at once, and a few deliveries that wait for one of them to end. Who finds no
/// room waits in the waiting room. Counts how the attempts end, so that a merchant who keeps failing can be left alone.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The limiter holds memory alone, and one that is forgotten may still be in use.")]
public sealed class MerchantBulkhead
{
    // Enough to go on without a pause when an attempt ends, and few enough that a merchant that hangs holds little of what is prefetched.
    private const int WaitingPerAttempt = 2;

    // An attempt of a merchant that hangs takes as long as it may; who comes back sooner goes back again.
    private static readonly TimeSpan ShortestComeback = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestComeback = TimeSpan.FromSeconds(30);

    // Whoever takes longer holds slots that others need; whoever has not been asked for longer may have changed.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time;
    private readonly ConcurrencyLimiter _room;
    private readonly FailureWindow _failures;
    private readonly Lock _lock = new();
    private TimeSpan _average = ShortestComeback;
    private long _lastUsed;
    private long _lastEnded;
    private volatile GateStanding _lastStanding = GateStanding.Unknown;

    internal MerchantBulkhead(Uri url, IsolationOptions options, TimeProvider time)
    {
        (Url, _time) = (url, time);
        _lastUsed = _lastEnded = time.GetTimestamp();
        _failures = new FailureWindow(time);
        _room = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Concurrency,
            QueueLimit = options.Concurrency * WaitingPerAttempt,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>The URL to which the attempts go; another URL has another bulkhead.</summary>
    public Uri Url { get; }

    /// <summary>
    /// How long somebody who found no room should wait before the next try: about as long as an attempt takes, half a minute at most.
    /// </summary>
    public TimeSpan Comeback
    {
        get
        {
            lock (_lock)
            {
                // While every attempt hangs, the best guess of how long one takes grows with the time since one ended.
                var sinceEnd = _room.GetStatistics()!.CurrentAvailablePermits == 0 ? _time.GetElapsedTime(_lastEnded) : TimeSpan.Zero;
                var wait = sinceEnd > _average ? sinceEnd : _average;
                return wait < ShortestComeback ? ShortestComeback : wait > LongestComeback ? LongestComeback : wait;
            }
        }
    }

    /// <summary>What is known of the endpoint: how it answered the last attempts of this process, else what the database says.</summary>
    /// <param name="isFailing">Whether the last attempt that the database knows of failed.</param>
    public GateStanding StandingOr(bool isFailing) =>
        _lastStanding != GateStanding.Unknown && _time.GetElapsedTime(Volatile.Read(ref _lastEnded)) <= Lately ? _lastStanding
        : isFailing ? GateStanding.Failing
        : GateStanding.Unknown;

    /// <summary>Waits for room, with the few who may.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The room, to be disposed when the attempt has ended; null when too many wait already.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async ValueTask<IDisposable?> TryEnterAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastUsed, _time.GetTimestamp());
        var lease = await _room.AcquireAsync(permitCount: 1, cancellationToken);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        return null;
    }

    /// <summary>Takes note of an attempt.</summary>
    /// <returns>Whether with it so many have failed that the endpoint is to be left alone.</returns>
    public bool Note(AttemptResult result)
    {
        lock (_lock)
        {
            _average = _average * 0.8 + result.Duration * 0.2;
            Volatile.Write(ref _lastEnded, _time.GetTimestamp());
            // A 500 is an answer too: it holds no slot for long.
            var hasAnswered = result.StatusCode is not null && result.Outcome is not (AttemptOutcome.Timeout or AttemptOutcome.Broken);
            _lastStanding = hasAnswered && _average <= Soon ? GateStanding.Answering : GateStanding.Failing;
            return _failures.Note(IsSignOfTrouble(result));
        }
    }

    /// <summary>
    /// Whether a failure speaks against the endpoint as a whole. An answer such as 400 may be about one event, and costs nothing.
    /// </summary>
    internal static bool IsSignOfTrouble(AttemptResult result) => result.Outcome switch
    {
        AttemptOutcome.Succeeded or AttemptOutcome.Gone or AttemptOutcome.Redirect => false,
        AttemptOutcome.Status => result.StatusCode is >= 500 or 429 or 408,
        _ => true,
    };

    internal bool IsIdleFor(TimeSpan time) =>
        _room.GetStatistics() is { CurrentQueuedCount: 0 } statistics
        && statistics.CurrentAvailablePermits > 0
        && _time.GetElapsedTime(Volatile.Read(ref _lastUsed)) > time;
}
