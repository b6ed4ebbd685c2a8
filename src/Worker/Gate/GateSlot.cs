namespace Gateway.Worker.Gate;

/// <summary>The right to run one job; given back by <see cref="Dispose"/>, at whichever time and however often that is called.</summary>
public sealed class GateSlot : IDisposable
{
    private WeightedGate? _gate;
    private readonly int _flow;
    private readonly GateStanding _standing;

    internal GateSlot(WeightedGate gate, int flow, GateStanding standing) => (_gate, _flow, _standing) = (gate, flow, standing);

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave(_flow, _standing);
}
