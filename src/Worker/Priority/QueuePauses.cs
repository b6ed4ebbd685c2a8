using System.Data.Common;
using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Priority;

/// <summary>
/// Pauses of queues, for all workers: kept in the database, looked up every second by each worker, and before a worker that starts takes
/// its first message. While the database is away the last that was read holds.
/// </summary>
public sealed class QueuePauses(
    IDbContextFactory<GatewayDbContext> contexts, QueueIntakes intakes, bool givesBack, TimeProvider time, ILogger<QueuePauses> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestFirstRead = TimeSpan.FromSeconds(5);
    private bool _isAway;

    /// <summary>Pauses a queue. One that is paused already stays as it is.</summary>
    public async Task PauseAsync(string queue, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            await db.Database.ExecuteSqlAsync(
                $"insert into queue_pauses (queue, paused_at, paused_by) values ({queue}, {now}, {by}) on conflict (queue) do nothing", cancellationToken);
        }

        await ReadAsync(cancellationToken);
    }

    /// <summary>Ends a pause. A queue that is not paused stays as it is.</summary>
    public async Task ResumeAsync(string queue, CancellationToken cancellationToken)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            await db.QueuePauses.Where(p => p.Queue == queue).ExecuteDeleteAsync(cancellationToken);
        }

        await ReadAsync(cancellationToken);
    }

    /// <summary>Every pause.</summary>
    public async Task<IReadOnlyDictionary<string, QueuePause>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.QueuePauses.AsNoTracking().ToDictionaryAsync(p => p.Queue, cancellationToken);
    }

    /// <summary>Reads the pauses before the bus, which starts after this, has a message.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestFirstRead, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await TryReadAsync(either.Token);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryReadAsync(stoppingToken);
            // A message that waits in the in-memory transport cannot be given back: it waits at the gate.
            foreach (var intake in givesBack ? intakes.All : [])
            {
                await intake.SettleAsync();
            }
        }
    }

    private async Task TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(cancellationToken);
            _isAway = false;
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            if (!_isAway && exception is not OperationCanceledException)
            {
                Log.PausesNotRead(logger, exception);
            }

            _isAway = true;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var paused = await ListAsync(cancellationToken);
        foreach (var intake in intakes.All)
        {
            if (intake.IsPaused != paused.ContainsKey(intake.Queue))
            {
                intake.Apply(!intake.IsPaused);
                Log.PauseChanged(logger, intake.Queue, intake.IsPaused ? "paused" : "resumed");
            }
        }
    }
}
