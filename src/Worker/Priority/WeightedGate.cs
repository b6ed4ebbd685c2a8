namespace Gateway.Worker.Priority;

/// <summary>
/// Shares a number of slots among flows. While several flows have something waiting, their starts divide by their weights; a flow that
/// is alone gets every slot; no slot is idle while anything waits that may start. Safe to call from any thread; at most
/// <see cref="GateOptions.Slots"/> holders at any time.
/// </summary>
/// <remarks>
/// Start-time fair queuing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996) with every job counted alike. Each flow has a
/// tag that grows by 1/weight with each of its starts; the flow with the smallest tag starts next. A flow that was empty goes on from
/// the tag of the last start, so that it neither catches up on what it did not need nor falls behind.
/// </remarks>
public sealed class WeightedGate
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly int _slots;
    private readonly bool _isStrict;
    private readonly long _agingTicks;
    private readonly Flow[] _flows;
    private readonly Dictionary<string, int> _indexes;
    private double _lastTag;
    private int _inFlight;
    private int _startable;

    /// <summary>Creates a gate with all slots free.</summary>
    /// <exception cref="ArgumentException">There is no slot, no flow, two flows of one name, or a weight below 1.</exception>
    public WeightedGate(GateOptions options, TimeProvider time)
    {
        if (options.Slots < 1 || options.Flows.Count == 0 || options.Flows.Any(flow => flow.Weight is < 1 or > GateOptions.MaxWeight))
        {
            throw new ArgumentException($"A gate needs at least one slot and one flow, and weights from 1 to {GateOptions.MaxWeight}.", nameof(options));
        }

        (_time, _slots, _isStrict, _agingTicks) = (time, options.Slots, options.IsStrict, (long)(options.Aging.TotalSeconds * time.TimestampFrequency));
        _indexes = options.Flows.Select((flow, index) => (flow.Name, index)).ToDictionary(x => x.Name, x => x.index, StringComparer.Ordinal);
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
    public ValueTask<GateSlot> EnterAsync(string flow, GateRank rank, CancellationToken cancellationToken, CancellationToken orBy = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        orBy.ThrowIfCancellationRequested();
        var index = _indexes[flow];
        var entered = _flows[index];
        Waiter waiter;
        lock (_lock)
        {
            if (_startable == 0 && _inFlight < _slots && !entered.IsHeld)
            {
                Start(entered);
                return new ValueTask<GateSlot>(new GateSlot(this, index));
            }

            waiter = new Waiter(this, index, rank, _time.GetTimestamp());
            Enqueue(entered, waiter);
        }

        return new ValueTask<GateSlot>(waiter.WaitAsync(cancellationToken, orBy));
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
                _startable -= held.Waiting;
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
                _startable += held.Waiting;
                StartWaiting();
            }
        }
    }

    /// <summary>What a flow does at this moment.</summary>
    public GateCounts CountsOf(string flow)
    {
        lock (_lock)
        {
            var counted = _flows[_indexes[flow]];
            var oldest = counted.OldestSince();
            return new GateCounts(counted.Waiting, counted.InFlight, counted.Started, oldest is { } since ? _time.GetElapsedTime(since) : null);
        }
    }

    internal void Leave(int flow)
    {
        lock (_lock)
        {
            _inFlight--;
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

        _startable += flow.IsHeld ? 0 : 1;
        flow.Waiters[(int)waiter.Rank].AddLast(waiter.Place);
    }

    private void Dequeue(Flow flow, Waiter waiter)
    {
        flow.Waiting--;
        _startable -= flow.IsHeld ? 0 : 1;
        flow.Waiters[(int)waiter.Rank].Remove(waiter.Place);
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

    private void StartWaiting()
    {
        while (_inFlight < _slots && _startable > 0)
        {
            var flow = Next();
            var waiter = flow.Next(_agingTicks);
            Dequeue(flow, waiter);
            Start(flow);
            waiter.TrySetResult(new GateSlot(this, waiter.Flow));
        }
    }

    private Flow Next()
    {
        Flow? next = null;
        foreach (var flow in _flows)
        {
            if (flow.Waiting > 0 && !flow.IsHeld && (next is null || IsBefore(flow, next)))
            {
                next = flow;
            }
        }

        return next!;
    }

    private bool IsBefore(Flow flow, Flow other) =>
        _isStrict ? flow.Identity.Weight > other.Identity.Weight : flow.Tag < other.Tag;

    private void Start(Flow flow)
    {
        _inFlight++;
        flow.InFlight++;
        flow.Started++;
        // A flow that nobody waited for starts at the present, as if it had waited for no time.
        _lastTag = Math.Max(flow.Tag, _lastTag);
        flow.Tag = _lastTag + 1.0 / flow.Identity.Weight;
    }

    private sealed class Flow(GateFlow identity)
    {
        public GateFlow Identity { get; } = identity;

        public LinkedList<Waiter>[] Waiters { get; } = [new(), new(), new()];

        public bool IsHeld { get; set; }

        public double Tag { get; set; }

        public int Waiting { get; set; }

        public int InFlight { get; set; }

        public long Started { get; set; }

        /// <summary>Of those who wait longest in each rank the one that is due first: a rank counts as having come that much later.</summary>
        public Waiter Next(long agingTicks)
        {
            Waiter? next = null;
            var due = long.MaxValue;
            for (var rank = 0; rank < Waiters.Length; rank++)
            {
                if (Waiters[rank].First?.Value is { } first && first.Since + rank * agingTicks < due)
                {
                    (next, due) = (first, first.Since + rank * agingTicks);
                }
            }

            return next!;
        }

        public long? OldestSince() => Waiters.Min(waiters => waiters.First?.Value.Since);
    }

    private sealed class Waiter : TaskCompletionSource<GateSlot>
    {
        private readonly WeightedGate _gate;

        // Continuations run elsewhere: the slot's next holder must not run inside the lock of the one that gave it back.
        public Waiter(WeightedGate gate, int flow, GateRank rank, long since)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            (_gate, Flow, Rank, Since) = (gate, flow, rank, since);
            Place = new LinkedListNode<Waiter>(this);
        }

        public int Flow { get; }

        public GateRank Rank { get; }

        public long Since { get; }

        public LinkedListNode<Waiter> Place { get; }

        public async Task<GateSlot> WaitAsync(CancellationToken cancellationToken, CancellationToken orBy)
        {
            await using var cancellation = GiveUpBy(cancellationToken);
            await using var orCancellation = GiveUpBy(orBy);
            return await Task;
        }

        private CancellationTokenRegistration GiveUpBy(CancellationToken cancellationToken) =>
            cancellationToken.UnsafeRegister(static (waiter, token) => ((Waiter)waiter!)._gate.GiveUp((Waiter)waiter, token), this);
    }
}
