using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Persistence;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// The endpoints that are left alone, for all workers: kept in the database, looked up every second by each worker, and known at once to
/// the one that found it out. <c>gateway.webhook.circuits</c> counts open circuits and those that are being probed,
/// <c>gateway.webhook.circuit_open_age</c> is of the one that has been open longest.
/// </summary>
public sealed class EndpointHolds : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // While anything waits for a merchant, a probe goes out at least so often. One that is not probed any more has nothing that waits.
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly IDbContextFactory<GatewayDbContext> _contexts;
    private readonly TimeProvider _time;
    private readonly ILogger<EndpointHolds> _logger;
    private readonly Lock _lock = new();

    // What this process has found out since: a look that began before knows nothing of it.
    private readonly Dictionary<Guid, long> _changes = [];
    private ConcurrentDictionary<Guid, EndpointHold> _holds = [];
    private bool _isAway;

    /// <summary>Creates the instruments.</summary>
    public EndpointHolds(
        IDbContextFactory<GatewayDbContext> contexts, IMeterFactory meters, TimeProvider time, ILogger<EndpointHolds> logger)
    {
        (_contexts, _time, _logger) = (contexts, time, logger);
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge(
            "gateway.webhook.circuits",
            () => (Measurement<int>[])
            [
                new(OpenCircuits().Count(hold => hold.Until > Now), new KeyValuePair<string, object?>("state", "open")),
                new(OpenCircuits().Count(hold => hold.Until <= Now), new KeyValuePair<string, object?>("state", "probing")),
            ],
            "{merchant}",
            "Merchants that are left alone because they kept failing, and those of whom one attempt is to show whether they answer again.");
        meter.CreateObservableGauge(
            "gateway.webhook.circuit_open_age",
            () => OpenCircuits().Select(hold => (Now - hold.Since).TotalSeconds).DefaultIfEmpty().Max(),
            "s",
            "How long the circuit that has been open longest is open; 0 when none is.");
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    /// <summary>Why an endpoint is left alone at the moment; null when it is not.</summary>
    public EndpointHold? Find(Guid merchantId, string? url) =>
        _holds.TryGetValue(merchantId, out var hold) && hold.Url == url && !hold.IsOver(Now) ? hold : null;

    /// <summary>Holds an endpoint in this process, before others hear of it.</summary>
    public void Set(Guid merchantId, EndpointHold hold)
    {
        lock (_lock)
        {
            _changes[merchantId] = _time.GetTimestamp();
            _holds[merchantId] = hold;
        }
    }

    /// <summary>Ends a hold in this process, before others hear of it.</summary>
    public void End(Guid merchantId)
    {
        lock (_lock)
        {
            _changes[merchantId] = _time.GetTimestamp();
            _holds.TryRemove(merchantId, out _);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            try
            {
                await ReadAsync(stoppingToken);
                _isAway = false;
            }
            catch (Exception exception) when (DatabaseFailure.MayBeCauseOf(exception))
            {
                // The last that was read holds.
                if (!_isAway)
                {
                    Log.HoldsNotRead(_logger, exception);
                }

                _isAway = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<EndpointHold> OpenCircuits() =>
        _holds.Values.Where(hold => hold.Reason == HoldReason.CircuitOpen && hold.Until > Now - Forgotten);

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        var now = Now;
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.WebhookEndpoints.AsNoTracking()
            .Where(e => e.HeldUntil != null && (e.HoldReason == HoldReason.CircuitOpen || e.HeldUntil > now))
            .Select(e => new { e.MerchantId, e.HeldUrl, e.HoldReason, e.HeldUntil, e.HeldSince, e.FailedProbes })
            .ToListAsync(cancellationToken);
        var read = new ConcurrentDictionary<Guid, EndpointHold>(rows.Select(row => KeyValuePair.Create(
            row.MerchantId,
            new EndpointHold(
                row.HeldUrl!, row.HoldReason!, row.HeldUntil!.Value, row.HeldSince ?? row.HeldUntil.Value, row.FailedProbes))));
        lock (_lock)
        {
            foreach (var (merchantId, at) in _changes.ToArray())
            {
                if (at < began)
                {
                    _changes.Remove(merchantId);
                }
                else if (_holds.TryGetValue(merchantId, out var mine))
                {
                    read[merchantId] = mine;
                }
                else
                {
                    read.TryRemove(merchantId, out _);
                }
            }

            _holds = read;
        }
    }
}
