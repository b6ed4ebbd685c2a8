namespace Gateway.Worker.Gate;

/// <summary>
/// Shares a number of slots among flows. While several flows have something waiting, their starts divide by their weights; a flow that is
/// alone gets every slot; no slot is idle while anything waits that may start. Who waits on somebody of a lower <see cref="GateStanding"/>
/// may have a part of the slots only, and is told to come back later when that part does not move. Who has waited for
/// <see cref="GateOptions.LongestWait"/> is next, whatever the weights and the order say. Safe to call from any thread; at most
/// <see cref="GateOptions.Slots"/> holders at any time.
/// </summary>
/// <remarks>
/// Start-time fair queuing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996) with every job counted alike. Each flow has a tag
/// that grows by 1/weight with each of its starts; the flow with the smallest tag starts next. A flow that was empty goes on from the tag
/// of the last start, so that it neither catches up on what it did not need nor falls behind.
/// </remarks>
public sealed partial class WeightedGate
{
    /// <summary>
    /// How long a job of a lower standing than <see cref="GateStanding.Answering"/> waits for its part of the slots to move: for a quarter
    /// of them to come back, which they do while their jobs take less than four times this on average.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private const int Standings = (int)GateStanding.Failing + 1;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly int _slots;
    private readonly bool _isStrict;
    private readonly long _agingTicks;
    private readonly long _longestWaitTicks;
    private readonly Flow[] _flows;
    private readonly Dictionary<string, int> _indexes;
    private readonly int _mostDoubtful;
    private readonly int _mostFailing;
    private readonly int[] _startable = new int[Standings];
    private readonly int[] _inFlightOf = new int[Standings];
    private readonly long[] _endedOf = new long[Standings];
    private readonly bool[] _isCrowded = new bool[Standings];
    private double _lastTag;
    private int _inFlight;

    /// <summary>Creates a gate with all slots free.</summary>
    /// <exception cref="ArgumentException">There is no slot, no flow, two flows of one name, or a weight below 1.</exception>
    public WeightedGate(GateOptions options, TimeProvider time)
    {
        if (options.Slots < 1 || options.Flows.Count == 0 || options.Flows.Any(flow => flow.Weight is < 1 or > GateOptions.MaxWeight))
        {
            throw new ArgumentException(
                $"A gate needs at least one slot and one flow, and weights from 1 to {GateOptions.MaxWeight}.", nameof(options));
        }

        (_time, _slots, _isStrict) = (time, options.Slots, options.IsStrict);
        (_agingTicks, _longestWaitTicks) = (TicksOf(options.Aging), TicksOf(options.LongestWait));
        (_mostDoubtful, _mostFailing) = (Math.Max(1, _slots * 3 / 4), Math.Max(1, _slots / 2));
        _indexes = options.Flows.Select((flow, index) => (flow.Name, index))
            .ToDictionary(x => x.Name, x => x.index, StringComparer.Ordinal);
        _flows = [.. options.Flows.Select(flow => new Flow(flow))];
    }

    /// <summary>How many jobs run at once.</summary>
    public int Slots => _slots;

    /// <summary>The flows, in the order in which they were given.</summary>
    public IEnumerable<GateFlow> Flows => _flows.Select(flow => flow.Identity);

    /// <summary>Waits for a slot.</summary>
    /// <param name="flow">The flow's name.</param>
    /// <param name="rank">The place among those who wait in the same flow.</param>
    /// <param name="cancellationToken">Ends the wait; a slot that was already given stays given.</param>
    /// <param name="orBy">Ends it too.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="KeyNotFoundException">There is no such flow.</exception>
    public async ValueTask<GateSlot> EnterAsync(
        string flow, GateRank rank, CancellationToken cancellationToken, CancellationToken orBy = default) =>
        (await TryEnterAsync(flow, rank, GateStanding.Answering, cancellationToken, orBy))!;

    /// <summary>Waits for a slot, or until it is of no use to wait.</summary>
    /// <param name="flow">The flow's name.</param>
    /// <param name="rank">The place among those who wait in the same flow.</param>
    /// <param name="standing">What is known of those on whom the job waits.</param>
    /// <param name="cancellationToken">Ends the wait; a slot that was already given stays given.</param>
    /// <param name="orBy">Ends it too.</param>
    /// <returns>Null when others of this standing have all slots that it may have, and hardly any of them comes back.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="KeyNotFoundException">There is no such flow.</exception>
    public ValueTask<GateSlot?> TryEnterAsync(
        string flow, GateRank rank, GateStanding standing, CancellationToken cancellationToken, CancellationToken orBy = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        orBy.ThrowIfCancellationRequested();
        var index = _indexes[flow];
        var entered = _flows[index];
        Waiter waiter;
        lock (_lock)
        {
            var lowest = LowestThatMayStart;
            if (standing > lowest && _isCrowded[(int)standing])
            {
                return new ValueTask<GateSlot?>((GateSlot?)null);
            }

            if (standing <= lowest && _inFlight < _slots && !entered.IsHeld && !HasStartable(lowest))
            {
                Start(entered, standing);
                return new ValueTask<GateSlot?>(new GateSlot(this, index, standing));
            }

            waiter = new Waiter(this, index, rank, standing, _time.GetTimestamp()) { EndedBefore = EndedDownTo(standing) };
            Enqueue(entered, waiter);
        }

        return new ValueTask<GateSlot?>(waiter.WaitAsync(cancellationToken, orBy));
    }

    /// <summary>Lets nothing of a flow start until it is released. What is in flight goes on, what waits waits.</summary>
    public void Hold(string flow)
    {
        lock (_lock)
        {
            var held = _flows[_indexes[flow]];
            if (!held.IsHeld)
            {
                held.IsHeld = true;
                CountStartable(held, -1);
            }
        }
    }

    /// <summary>Ends a <see cref="Hold"/>.</summary>
    public void Release(string flow)
    {
        lock (_lock)
        {
            var held = _flows[_indexes[flow]];
            if (held.IsHeld)
            {
                held.IsHeld = false;
                held.Tag = Math.Max(held.Tag, _lastTag);
                CountStartable(held, 1);
                StartWaiting();
            }
        }
    }

    /// <summary>How many messages have a slot at this moment.</summary>
    public int InFlight
    {
        get
        {
            lock (_lock)
            {
                return _inFlight;
            }
        }
    }

    /// <summary>What a flow does at this moment.</summary>
    public GateCounts CountsOf(string flow)
    {
        lock (_lock)
        {
            var counted = _flows[_indexes[flow]];
            return new GateCounts(
                counted.Waiting, counted.InFlight, counted.Started,
                counted.Waiting == 0 ? null : _time.GetElapsedTime(counted.OldestSince(GateStanding.Failing)));
        }
    }

    private long TicksOf(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);

    internal void Leave(int flow, GateStanding standing)
    {
        lock (_lock)
        {
            _inFlight--;
            _inFlightOf[(int)standing]--;
            _endedOf[(int)standing]++;
            NoteWhetherCrowded();
            _flows[flow].InFlight--;
            StartWaiting();
        }
    }

    private void Enqueue(Flow flow, Waiter waiter)
    {
        if (flow.Waiting++ == 0)
        {
            flow.Tag = Math.Max(flow.Tag, _lastTag);
        }

        flow.WaitingOf[(int)waiter.Standing]++;
        _startable[(int)waiter.Standing] += flow.IsHeld ? 0 : 1;
        flow.WaitersOf(waiter.Standing, waiter.Rank).AddLast(waiter.Place);
    }

    private void Dequeue(Flow flow, Waiter waiter)
    {
        flow.Waiting--;
        flow.WaitingOf[(int)waiter.Standing]--;
        _startable[(int)waiter.Standing] -= flow.IsHeld ? 0 : 1;
        flow.WaitersOf(waiter.Standing, waiter.Rank).Remove(waiter.Place);
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Else it got its slot a moment before.
            if (waiter.Place.List is not null)
            {
                Dequeue(_flows[waiter.Flow], waiter);
                waiter.TrySetCanceled(cancellationToken);
            }
        }
    }

    // Who has waited for so long while others of its standing hold all that they may have, and hardly any of it came back, comes back
    // later, and those who come now need not wait.
    private void EndPatience(Waiter waiter)
    {
        lock (_lock)
        {
            var ended = EndedDownTo(waiter.Standing);
            var moves = (ended - waiter.EndedBefore) * 4 >= (waiter.Standing == GateStanding.Failing ? _mostFailing : _mostDoubtful);
            waiter.EndedBefore = ended;
            if (!moves && waiter.Place.List is not null && waiter.Standing > LowestThatMayStart)
            {
                _isCrowded[(int)waiter.Standing] = true;
                Dequeue(_flows[waiter.Flow], waiter);
                waiter.TrySetResult(null);
            }
        }
    }

    // Not with the first slot that comes back: among many that hang there is always one that ends.
    private void NoteWhetherCrowded()
    {
        var hasRoom = Doubtful * 4 < _mostDoubtful * 3;
        _isCrowded[(int)GateStanding.Unknown] &= !hasRoom;
        _isCrowded[(int)GateStanding.Failing] &= !hasRoom || _inFlightOf[(int)GateStanding.Failing] * 4 >= _mostFailing * 3;
    }

    // Of the part of the slots that a standing may have.
    private long EndedDownTo(GateStanding standing) =>
        _endedOf[(int)GateStanding.Failing] + (standing == GateStanding.Failing ? 0 : _endedOf[(int)GateStanding.Unknown]);

    private int Doubtful => _inFlightOf[(int)GateStanding.Unknown] + _inFlightOf[(int)GateStanding.Failing];

    private GateStanding LowestThatMayStart =>
        Doubtful >= _mostDoubtful ? GateStanding.Answering
        : _inFlightOf[(int)GateStanding.Failing] >= _mostFailing ? GateStanding.Unknown
        : GateStanding.Failing;

    private bool HasStartable(GateStanding lowest)
    {
        for (var standing = 0; standing <= (int)lowest; standing++)
        {
            if (_startable[standing] > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void CountStartable(Flow flow, int sign)
    {
        for (var standing = 0; standing < Standings; standing++)
        {
            _startable[standing] += sign * flow.WaitingOf[standing];
        }
    }

    private void StartWaiting()
    {
        while (_inFlight < _slots && LowestThatMayStart is var lowest && HasStartable(lowest))
        {
            // Who came before this has waited for too long.
            var overdue = _time.GetTimestamp() - _longestWaitTicks;
            var flow = Next(lowest, overdue);
            var waiter = flow.Next(flow.OldestSince(lowest) <= overdue ? 0 : _agingTicks, lowest);
            Dequeue(flow, waiter);
            Start(flow, waiter.Standing);
            waiter.TrySetResult(new GateSlot(this, waiter.Flow, waiter.Standing));
        }
    }

    private Flow Next(GateStanding lowest, long overdue)
    {
        Flow? next = null;
        foreach (var flow in _flows)
        {
            if (!flow.IsHeld && flow.HasWaiting(lowest) && (next is null || IsBefore(flow, next, lowest, overdue)))
            {
                next = flow;
            }
        }

        return next!;
    }

    private bool IsBefore(Flow flow, Flow other, GateStanding lowest, long overdue)
    {
        var (oldest, oldestOther) = (flow.OldestSince(lowest), other.OldestSince(lowest));
        return oldest <= overdue || oldestOther <= overdue ? oldest < oldestOther
            : _isStrict ? flow.Identity.Weight > other.Identity.Weight
            : flow.Tag < other.Tag;
    }

    private void Start(Flow flow, GateStanding standing)
    {
        _inFlight++;
        _inFlightOf[(int)standing]++;
        flow.InFlight++;
        flow.Started++;
        // A flow that nobody waited for starts at the present, as if it had waited for no time.
        _lastTag = Math.Max(flow.Tag, _lastTag);
        flow.Tag = _lastTag + 1.0 / flow.Identity.Weight;
    }
}
