using System.Data.Common;
using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Workers;

/// <summary>Gives this worker's sign of life to the others, and counts theirs. In embedded mode there are no others.</summary>
public sealed class WorkerSigns(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time, ILogger<WorkerSigns> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(2);

    private readonly Guid _me = Guid.CreateVersion7(time.GetUtcNow());
    private readonly DateTime _startedAt = time.GetUtcNow().UtcDateTime;
    private bool _isAway;

    /// <summary>How many workers are alive, this one included; from 1.</summary>
    public int Alive { get; private set; } = 1;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(LongestFarewell, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(either.Token);
            await db.Workers.Where(worker => worker.WorkerId == _me).ExecuteDeleteAsync(either.Token);
        }
        catch (Exception exception) when (IsAway(exception) || exception is OperationCanceledException)
        {
            Log.NoFarewell(logger, exception);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await GiveSignAsync(stoppingToken);
                _isAway = false;
            }
            catch (Exception exception) when (IsAway(exception))
            {
                // The number that was counted last holds.
                if (!_isAway)
                {
                    Log.NoSign(logger, exception);
                }

                _isAway = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static bool IsAway(Exception exception) => exception is DbException or TimeoutException or InvalidOperationException;

    private async Task GiveSignAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!db.Database.IsNpgsql())
        {
            return;
        }

        // By the database's clock, so that a worker whose clock is wrong is no less alive.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into workers (worker_id, host, started_at, seen_at) values ({_me}, {Environment.MachineName}, {_startedAt}, now())
            on conflict (worker_id) do update set seen_at = excluded.seen_at
            """,
            cancellationToken);
        await db.Database.ExecuteSqlAsync($"delete from workers where seen_at < now() - interval '1 day'", cancellationToken);
        Alive = Math.Max(1, await db.Database.SqlQuery<int>(
            $"""select count(*)::int as "Value" from workers where seen_at > now() - {AliveFor}""").SingleAsync(cancellationToken));
    }
}
