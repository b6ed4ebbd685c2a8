using Gateway.Worker.Webhooks.Register;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;

namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>
/// What one merchant has of this process: so many attempts at once, a few deliveries that wait for one of them to end, and a circuit that
/// opens when most attempts fail. Who finds no room is told when to come again: turns are handed out so that about as many come back at a
/// time as the merchant can take.
/// </summary>
public sealed class MerchantLane
{
    // Enough to go on without a pause when an attempt ends, and few enough that a merchant that hangs holds little of what is prefetched.
    private const int WaitingPerAttempt = 2;

    // Eight attempts that all fail open the circuit: as many as hang together at the default concurrency.
    private const int MinimumAttempts = 8;
    private const double FailureRatio = 0.8;
    private static readonly TimeSpan Sampling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstGuess = TimeSpan.FromMilliseconds(100);

    // Fifty a second of a merchant who is down: the others do not notice, and 10,000 are back in about three minutes when it is up again.
    private static readonly TimeSpan ComeBackEvery = TimeSpan.FromMilliseconds(20);

    private readonly IsolationOptions _options;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<AttemptMark?> _pipeline;
    private readonly CircuitBreakerStateProvider _circuit = new();
    private readonly Lock _lock = new();
    private readonly TimeSpan _longestWait;
    private long _lastUsed;
    private long _closedUntil;
    private long _failingSince;
    private int _inUse;
    private TimeSpan _average = FirstGuess;
    private long _lastEnded;
    private long _nextTurn;

    internal MerchantLane(Uri url, IsolationOptions options, TimeProvider time)
    {
        (Url, _options, _time, _longestWait) = (url, options, time, options.SnoozeDelays[^1]);
        _lastUsed = _lastEnded = _nextTurn = time.GetTimestamp();
        var builder = new ResiliencePipelineBuilder<AttemptMark?> { TimeProvider = time };
        builder.AddConcurrencyLimiter(options.Concurrency, options.Concurrency * WaitingPerAttempt);
        if (options.HasCircuitBreaker)
        {
            builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions<AttemptMark?>
            {
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is { } made && IsSignOfTrouble(made.Result)),
                FailureRatio = FailureRatio,
                MinimumThroughput = MinimumAttempts,
                SamplingDuration = Sampling,
                BreakDurationGenerator = args => ValueTask.FromResult(BreakAfter(args.HalfOpenAttempts)),
                StateProvider = _circuit,
                OnOpened = args =>
                {
                    Volatile.Write(ref _closedUntil, After(args.BreakDuration));
                    // A probe that fails opens it again; it has been out of order since the first time.
                    Interlocked.CompareExchange(ref _failingSince, _time.GetTimestamp(), 0);
                    return ValueTask.CompletedTask;
                },
                OnClosed = _ =>
                {
                    Volatile.Write(ref _failingSince, 0);
                    GoOnAtOnce();
                    return ValueTask.CompletedTask;
                },
            });
        }

        _pipeline = builder.Build();
    }

    /// <summary>The URL to which it leads; another URL is another lane.</summary>
    public Uri Url { get; }

    /// <summary>Whether attempts are made.</summary>
    public LaneState State => !_options.HasCircuitBreaker ? LaneState.Closed : _circuit.CircuitState switch
    {
        CircuitState.Closed => LaneState.Closed,
        CircuitState.HalfOpen => LaneState.Probing,
        _ => LaneState.Open,
    };

    /// <summary>Makes an attempt when there is room.</summary>
    /// <param name="attempt">Makes it; null when none was needed.</param>
    /// <param name="cancellationToken">Ends the wait for room, not the attempt.</param>
    /// <returns>False when there is no room; <see cref="NextTurn"/> says when there may be.</returns>
    public async ValueTask<bool> TryAttemptAsync(Func<Task<AttemptMark?>> attempt, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastUsed, _time.GetTimestamp());
        if (IsLeftAlone)
        {
            return false;
        }

        Interlocked.Increment(ref _inUse);
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        try
        {
            // Refusals come by the hundred and are no exceptions: the outcome carries them without a throw.
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (_, attempt) =>
                {
                    try
                    {
                        return Outcome.FromResult<AttemptMark?>(await attempt());
                    }
                    catch (Exception exception)
                    {
                        return Outcome.FromException<AttemptMark?>(exception);
                    }
                },
                context,
                attempt);
            if (outcome.Exception is RateLimiterRejectedException or BrokenCircuitException)
            {
                return false;
            }

            outcome.ThrowIfException();
            if (outcome.Result is { } made)
            {
                Learn(made.Result.Duration);
            }

            return true;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
            Interlocked.Decrement(ref _inUse);
        }
    }

    /// <summary>How long the next one who found no room should wait; at most the longest snooze, give or take the jitter.</summary>
    /// <param name="random">A random number in [0, 1).</param>
    public TimeSpan NextTurn(double random)
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            // While every attempt hangs, the best guess of how long one takes grows with the time since one ended.
            var sinceEnd = Volatile.Read(ref _inUse) >= _options.Concurrency ? _time.GetElapsedTime(_lastEnded, now) : TimeSpan.Zero;
            var each = (sinceEnd > _average ? sinceEnd : _average) / _options.Concurrency;
            if (State != LaneState.Closed && each < ComeBackEvery)
            {
                // A failure may be quick, and then all of them would come back together when the circuit lets the next one try.
                each = ComeBackEvery;
            }

            _nextTurn = Math.Max(Math.Max(now, _nextTurn), Volatile.Read(ref _closedUntil)) + Ticks(each);

            var wait = _time.GetElapsedTime(now, _nextTurn);
            if (wait < _longestWait)
            {
                return wait;
            }

            // More wait than can be served within the longest snooze: they come back evenly over the time around it.
            _nextTurn = now + Ticks(_longestWait);
            return Bus.DelayedSends.DelaySteps.Spread(_longestWait, random);
        }
    }

    /// <summary>
    /// How long the circuit has not been closed; zero when it is. A merchant for whom nothing has come for longer than the longest snooze has
    /// nothing that waits for it, and counts as closed.
    /// </summary>
    internal TimeSpan OpenFor =>
        Volatile.Read(ref _failingSince) is var since and not 0 && _time.GetElapsedTime(Volatile.Read(ref _lastUsed)) < _longestWait * 1.5
            ? _time.GetElapsedTime(since)
            : TimeSpan.Zero;

    internal bool IsIdleFor(TimeSpan time) =>
        Volatile.Read(ref _inUse) == 0 && State == LaneState.Closed && _time.GetElapsedTime(Volatile.Read(ref _lastUsed)) > time;

    /// <summary>
    /// Whether a failure speaks against the endpoint as a whole. An answer such as 400 may be about one event, and costs nothing.
    /// </summary>
    internal static bool IsSignOfTrouble(AttemptResult result) => result.Outcome switch
    {
        AttemptOutcome.Succeeded or AttemptOutcome.Gone or AttemptOutcome.Redirect => false,
        AttemptOutcome.Status => result.StatusCode is >= 500 or 429 or 408,
        _ => true,
    };

    // The circuit itself would say so too, but only to those who have waited for room first.
    private bool IsLeftAlone => Volatile.Read(ref _closedUntil) > _time.GetTimestamp();

    private TimeSpan BreakAfter(int failedProbes)
    {
        var wait = _options.FirstBreak * Math.Pow(3, Math.Min(failedProbes, 10));
        return wait < _options.LongestBreak ? wait : _options.LongestBreak;
    }

    private void Learn(TimeSpan duration)
    {
        lock (_lock)
        {
            _average = _average * 0.8 + duration * 0.2;
            _lastEnded = _time.GetTimestamp();
        }
    }

    private void GoOnAtOnce()
    {
        lock (_lock)
        {
            Volatile.Write(ref _closedUntil, 0);
            _nextTurn = _time.GetTimestamp();
        }
    }

    private long After(TimeSpan time) => _time.GetTimestamp() + Ticks(time);

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
