using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>
/// The lanes of the merchants that had deliveries lately. <c>gateway.webhook.snoozed</c> counts deliveries that were put back,
/// <c>gateway.webhook.circuits</c> the lanes by their state, <c>gateway.webhook.circuit_open_age</c> is of the one that has been open longest.
/// </summary>
public sealed class MerchantLanes
{
    private const int SweepEvery = 4_096;
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly IsolationOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, MerchantLane> _lanes = new(StringComparer.Ordinal);
    private readonly Counter<long> _snoozed;
    private int _made;

    /// <summary>Creates the instruments; a lane comes with the first delivery of its merchant.</summary>
    public MerchantLanes(IsolationOptions options, TimeProvider time, IMeterFactory meters)
    {
        (_options, _time) = (options, time);
        var meter = meters.Create("Gateway.Worker");
        _snoozed = meter.CreateCounter<long>("gateway.webhook.snoozed", "{delivery}", "Deliveries that were put back because their merchant had no room.");
        _snoozed.Add(0);
        meter.CreateObservableGauge(
            "gateway.webhook.circuits",
            () => Enum.GetValues<LaneState>().Select(state => new Measurement<int>(
                _lanes.Values.Count(lane => lane.State == state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()))),
            "{merchant}",
            "Merchants that had deliveries lately, by the state of their circuit.");
        meter.CreateObservableGauge(
            "gateway.webhook.circuit_open_age",
            () => _lanes.Values.Select(lane => lane.OpenFor.TotalSeconds).DefaultIfEmpty().Max(),
            "s",
            "How long the circuit that has been open longest is open; 0 when none is.");
    }

    internal int Count => _lanes.Count;

    /// <summary>The lane of a merchant. One that was not used for ten minutes may have been forgotten, unless its circuit is open.</summary>
    public MerchantLane Of(string merchantId, Uri url)
    {
        if (_lanes.TryGetValue(merchantId, out var known) && known.Url == url)
        {
            return known;
        }

        if (Interlocked.Increment(ref _made) % SweepEvery == 0)
        {
            ForgetIdle();
        }

        return _lanes.AddOrUpdate(
            merchantId,
            static (_, made) => new MerchantLane(made.Url, made.Options, made.Time),
            static (_, before, made) => before.Url == made.Url ? before : new MerchantLane(made.Url, made.Options, made.Time),
            (Url: url, Options: _options, Time: _time));
    }

    /// <summary>The state of a merchant's circuit; null when it had no delivery lately.</summary>
    public LaneState? StateOf(string merchantId) => _lanes.TryGetValue(merchantId, out var lane) ? lane.State : null;

    /// <summary>Starts afresh with a merchant.</summary>
    public void Forget(string merchantId) => _lanes.TryRemove(merchantId, out _);

    internal void Snoozed() => _snoozed.Add(1);

    internal void ForgetIdle()
    {
        foreach (var (merchantId, lane) in _lanes)
        {
            if (lane.IsIdleFor(KeptFor))
            {
                _lanes.TryRemove(KeyValuePair.Create(merchantId, lane));
            }
        }
    }
}
