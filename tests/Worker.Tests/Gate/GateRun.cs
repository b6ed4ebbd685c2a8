using Gateway.Worker.Gate;

namespace Gateway.Worker.Tests.Gate;

/// <summary>Sends entrants through a gate and keeps its own books about them.</summary>
internal sealed class GateRun(WeightedGate gate, IReadOnlyList<GateFlow> flows)
{
    private readonly List<Entrant> _waiting = [];
    private readonly List<Entrant> _inFlight = [];
    private readonly List<Entrant> _entered = [];
    private readonly List<Entrant> _started = [];
    private readonly Dictionary<Entrant, CancellationTokenSource> _giveUps = [];
    private readonly HashSet<string> _held = [];

    public int InFlight => _inFlight.Count;

    public int Waiting => _waiting.Count;

    public int WaitingThatMayStart => _waiting.Count(e => !_held.Contains(e.Flow));

    public int Started => _started.Count;

    public string LastStarted => _started[^1].Flow;

    public IEnumerable<string> StartOrder => _started.Select(e => e.Flow);

    public int StartedOf(string flow) => _started.Count(e => e.Flow == flow);

    public int InFlightOf(string flow) => _inFlight.Count(e => e.Flow == flow);

    public int WaitingOf(string flow) => _waiting.Count(e => e.Flow == flow);

    public IEnumerable<Entrant> EnteredIn(string flow) => _entered.Where(e => e.Flow == flow);

    public IEnumerable<Entrant> StartedIn(string flow) => _started.Where(e => e.Flow == flow);

    /// <summary>So many entrants of each flow, the flows in turn.</summary>
    public void Fill(int count)
    {
        for (var i = 0; i < count; i++)
        {
            foreach (var flow in flows)
            {
                Enter(flow.Name, GateRank.Normal);
            }
        }
    }

    public Entrant Enter(string flow, GateRank rank)
    {
        var entrant = new Entrant(flow);
        var givesUp = new CancellationTokenSource();
        _giveUps.Add(entrant, givesUp);
        _ = entrant.WaitAsync(gate, rank, givesUp.Token);
        _entered.Add(entrant);
        _waiting.Add(entrant);
        NoteStarts();
        return entrant;
    }

    public void EndOne(int which)
    {
        if (_inFlight.Count > 0)
        {
            var entrant = _inFlight[which % _inFlight.Count];
            _inFlight.Remove(entrant);
            entrant.End();
            NoteStarts();
        }
    }

    public void CancelOne(int which)
    {
        if (_waiting.Count > 0)
        {
            var entrant = _waiting[which % _waiting.Count];
            _waiting.Remove(entrant);
            _giveUps[entrant].Cancel();
        }
    }

    public void Hold(string flow)
    {
        _held.Add(flow);
        gate.Hold(flow);
    }

    public void Release(string flow)
    {
        _held.Remove(flow);
        gate.Release(flow);
        NoteStarts();
    }

    public void ReleaseAll()
    {
        foreach (var flow in flows)
        {
            Release(flow.Name);
        }
    }

    private void NoteStarts()
    {
        // The gate says how many it has started; which they are is known a moment later, when their tasks have ended.
        var count = flows.Sum(flow => gate.CountsOf(flow.Name).InFlight);
        while (_inFlight.Count < count)
        {
            SpinWait.SpinUntil(() => _waiting.Any(e => e.HasStarted));
            foreach (var started in _waiting.Where(e => e.HasStarted).ToArray())
            {
                _waiting.Remove(started);
                _inFlight.Add(started);
                _started.Add(started);
            }
        }
    }

    /// <summary>Somebody who wants a slot.</summary>
    internal sealed class Entrant(string flow)
    {
        private volatile GateSlot? _slot;

        public string Flow { get; } = flow;

        public bool HasStarted => _slot is not null;

        public async Task WaitAsync(WeightedGate gate, GateRank rank, CancellationToken givesUp) => _slot = await gate.EnterAsync(Flow, rank, givesUp);

        public void End() => _slot!.Dispose();
    }
}
