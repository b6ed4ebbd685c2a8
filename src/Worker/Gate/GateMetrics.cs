using System.Diagnostics.Metrics;

namespace Gateway.Worker.Gate;

/// <summary>
/// <c>gateway.gate.waiting</c>, <c>gateway.gate.in_flight</c> and <c>gateway.gate.started</c> of each queue, and
/// <c>gateway.gate.slots</c>.
/// </summary>
public sealed class GateMetrics
{
    /// <summary>Creates the instruments.</summary>
    public GateMetrics(WeightedGate gate, IMeterFactory meters)
    {
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge("gateway.gate.slots", () => gate.Slots, "{slot}", "Jobs that this process runs at once.");
        meter.CreateObservableGauge(
            "gateway.gate.waiting",
            () => Measured(counts => counts.Waiting),
            "{message}",
            "Messages that this process holds and that wait for a slot.");
        meter.CreateObservableGauge(
            "gateway.gate.in_flight", () => Measured(counts => counts.InFlight), "{message}", "Messages that have a slot.");
        meter.CreateObservableCounter(
            "gateway.gate.started", () => Measured(counts => counts.Started), "{message}", "Messages that got a slot.");

        IEnumerable<Measurement<long>> Measured(Func<GateCounts, long> value) =>
            gate.Flows.Select(flow => new Measurement<long>(
                value(gate.CountsOf(flow.Name)), new KeyValuePair<string, object?>("queue", flow.Name)));
    }
}
