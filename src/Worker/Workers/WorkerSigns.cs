using System.Diagnostics.Metrics;
using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Gateway.Worker.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Workers;

/// <summary>
/// Gives this worker's sign of life to the others, counts theirs, and compares this machine's clock with the database's. In embedded mode
/// there are no others and there is one clock.
/// </summary>
public sealed class WorkerSigns : BackgroundService
{
    /// <summary>A difference between the clocks about which somebody should do something.</summary>
    public static readonly TimeSpan MostClockDifference = TimeSpan.FromSeconds(5);

    /// <summary>Who has given no sign for longer is counted no more.</summary>
    public static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRemoval = TimeSpan.FromSeconds(2);

    private readonly IDbContextFactory<GatewayDbContext> _contexts;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkerSigns> _logger;
    private readonly WorkerLoad _load;
    private readonly Guid _workerId;
    private readonly DateTime _startedAt;
    private bool _isAway;

    /// <summary>Creates the instrument.</summary>
    public WorkerSigns(
        IDbContextFactory<GatewayDbContext> contexts,
        WorkerIdentity worker,
        WorkerLoad load,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<WorkerSigns> logger)
    {
        (_contexts, _load, _time, _logger) = (contexts, load, time, logger);
        (_workerId, _startedAt) = (worker.WorkerId, time.GetUtcNow().UtcDateTime);
        meters.Create("Gateway.Worker").CreateObservableGauge(
            "gateway.clock.difference",
            () =>
                ClockDifference is { } difference
                    ? [new Measurement<double>(difference.TotalSeconds)]
                    : Array.Empty<Measurement<double>>(),
            "s",
            "How far this machine's clock is ahead of the database's.");
    }

    /// <summary>How many workers are alive, this one included; from 1.</summary>
    public int Alive { get; private set; } = 1;

    /// <summary>How far this machine's clock is ahead of the database's, when it was asked last; null when that is not known.</summary>
    public TimeSpan? ClockDifference { get; private set; }

    /// <summary>What this worker says of itself.</summary>
    public WorkerSign Own => new()
    {
        WorkerId = _workerId,
        Host = Environment.MachineName,
        Version = TelemetrySetup.Version,
        Slots = _load.Slots,
        InFlight = _load.InFlight(),
        StartedAt = _startedAt,
        SeenAt = _time.GetUtcNow().UtcDateTime,
    };

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(LongestRemoval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var db = await _contexts.CreateDbContextAsync(either.Token);
            await db.Workers.Where(worker => worker.WorkerId == _workerId).ExecuteDeleteAsync(either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException || DatabaseFailure.MayBeCauseOf(exception))
        {
            Log.NotRemoved(_logger, exception);
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
                await GiveSignAsync(stoppingToken);
                _isAway = false;
            }
            catch (Exception exception) when (DatabaseFailure.MayBeCauseOf(exception))
            {
                // The number that was counted last holds.
                if (!_isAway)
                {
                    Log.NoSign(_logger, exception);
                }

                _isAway = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task GiveSignAsync(CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        if (!db.Database.IsNpgsql())
        {
            ClockDifference = TimeSpan.Zero;
            return;
        }

        var sign = Own;
        // By the database's clock, so that a worker whose clock is wrong is no less alive.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into workers (worker_id, host, started_at, seen_at, version, slots, in_flight)
            values ({_workerId}, {sign.Host}, {_startedAt}, now(), {sign.Version}, {sign.Slots}, {sign.InFlight})
            on conflict (worker_id) do update set seen_at = excluded.seen_at, in_flight = excluded.in_flight
            """,
            cancellationToken);
        await db.Database.ExecuteSqlAsync($"delete from workers where seen_at < now() - interval '1 day'", cancellationToken);
        Alive = Math.Max(1, await db.Database.SqlQuery<int>(
            $"""select count(*)::int as "Value" from workers where seen_at > now() - {AliveFor}""").SingleAsync(cancellationToken));
        await CompareClocksAsync(db, cancellationToken);
    }

    private async Task CompareClocksAsync(GatewayDbContext db, CancellationToken cancellationToken)
    {
        var asked = _time.GetUtcNow();
        var there = await db.Database.SqlQuery<DateTimeOffset>($"""select clock_timestamp() as "Value" """).SingleAsync(cancellationToken);
        var answered = _time.GetUtcNow();
        // It was asked somewhere in between.
        var difference = asked + ((answered - asked) / 2) - there;
        if (difference.Duration() > MostClockDifference && !(ClockDifference?.Duration() > MostClockDifference))
        {
            Log.ClockDiffers(_logger, difference.TotalSeconds);
        }

        ClockDifference = difference;
    }
}
