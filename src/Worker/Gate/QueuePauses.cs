using System.Collections.Concurrent;
using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Gate;

/// <summary>
/// Pauses of queues, for all workers: kept in the database, looked up every second by each worker, and before a worker that starts takes
/// its first message. While the database is away the last that was read holds.
/// </summary>
public sealed class QueuePauses(
    IDbContextFactory<GatewayDbContext> contexts, GatedQueues queues, bool givesBack, TimeProvider time, ILogger<QueuePauses> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestFirstRead = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(30);

    private readonly Dictionary<GatedQueue, Task> _steps = [];
    private readonly ConcurrentDictionary<GatedQueue, bool> _behind = new();
    private bool _isAway;

    /// <summary>Pauses a queue. One that is paused already stays as it is.</summary>
    /// <returns>The pause as it is written now.</returns>
    public async Task<QueuePause> PauseAsync(GatedQueue queue, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // What a statement does not change it does not return, so it changes nothing to the same.
        var written = await db.QueuePauses.FromSql(
            $"""
            insert into queue_pauses (queue, paused_at, paused_by) values ({queue.Queue}, {now}, {by})
            on conflict (queue) do update set queue = excluded.queue
            returning queue, paused_at, paused_by
            """).AsNoTracking().ToListAsync(cancellationToken);
        Apply(queue, isPaused: true);
        return written[0];
    }

    /// <summary>Ends a pause. A queue that is not paused stays as it is.</summary>
    public async Task ResumeAsync(GatedQueue queue, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.QueuePauses.Where(p => p.Queue == queue.Queue).ExecuteDeleteAsync(cancellationToken);
        Apply(queue, isPaused: false);
    }

    /// <summary>The queues that are paused, by name.</summary>
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
            foreach (var queue in givesBack ? queues.All : [])
            {
                // Beside the reading, which a connection that breaks, or says nothing, shall not hold up.
                if (!_steps.TryGetValue(queue, out var before) || before.IsCompleted)
                {
                    _steps[queue] = TryFollowPauseAsync(queue);
                }
            }
        }
    }

    private async Task TryFollowPauseAsync(GatedQueue queue)
    {
        try
        {
            await queue.FollowPauseAsync(LongestStep, time);
            _behind.TryRemove(queue, out _);
        }
        catch (Exception exception)
        {
            // The gate starts nothing of a paused queue, whatever became of its endpoint. The next tick tries again.
            if (_behind.TryAdd(queue, true))
            {
                Log.PauseNotFollowed(logger, queue.Queue, queue.IsPaused ? "stop" : "go on", exception);
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
        catch (Exception exception) when (exception is OperationCanceledException || DatabaseFailure.MayBeCauseOf(exception))
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
        foreach (var queue in queues.All)
        {
            Apply(queue, paused.ContainsKey(queue.Queue));
        }
    }

    private void Apply(GatedQueue queue, bool isPaused)
    {
        if (queue.Apply(isPaused))
        {
            Log.PauseChanged(logger, queue.Queue, isPaused ? "paused" : "resumed");
        }
    }
}
