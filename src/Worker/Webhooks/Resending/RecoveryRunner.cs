using Gateway.Persistence;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Servers;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Webhooks.Resending;

/// <summary>
/// Carries out recoveries: each is leased by one worker, which sends as many a second as the operator allowed and keeps its position with
/// every step. When that worker dies another goes on within half a minute, from the last step.
/// </summary>
public sealed class RecoveryRunner(
    IDbContextFactory<GatewayDbContext> contexts,
    WebhookResender resending,
    BrokerAlarms alarms,
    TimeProvider time,
    ILogger<RecoveryRunner> logger)
    : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    // Shorter than the lease, so that nobody else has begun when a broker that does not answer is given up.
    private static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(20);

    private readonly Guid _me = Guid.CreateVersion7();
    private readonly FailureNotice _failures = new(time);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (alarms.Now is not null)
            {
                // What is sent now would be given up as not confirmed, sent again, and all of it taken in the end.
                continue;
            }

            try
            {
                foreach (var recovery in await LeaseAsync(stoppingToken))
                {
                    await SendNextAsync(recovery, stoppingToken);
                }

                _failures.Worked();
            }
            catch (Exception exception) when (
                !stoppingToken.IsCancellationRequested
                && (exception is MassTransitException or OperationCanceledException
                    || RedisFailure.IsCauseOf(exception) || DatabaseFailure.MayBeCauseOf(exception)))
            {
                // A server is away. The position is where the last step left it, and the next tick goes on there.
                if (_failures.Failed(out var failures))
                {
                    Log.RecoveryWaits(logger, failures, exception);
                }
            }
        }
    }

    private async Task<IReadOnlyList<WebhookRecovery>> LeaseAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Recoveries
            .Where(r => r.State == RecoveryState.Running && (r.LeasedBy == _me || r.LeasedUntil == null || r.LeasedUntil < now))
            .ExecuteUpdateAsync(
                set => set.SetProperty(r => r.LeasedBy, (Guid?)_me)
                    .SetProperty(r => r.LeasedUntil, (DateTime?)now.Add(Lease)),
                cancellationToken);
        return await db.Recoveries.AsNoTracking()
            .Where(r => r.State == RecoveryState.Running && r.LeasedBy == _me).OrderBy(r => r.CreatedAt).ToListAsync(cancellationToken);
    }

    private async Task SendNextAsync(WebhookRecovery recovery, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var next = await resending.NextAsync(recovery, recovery.RatePerSecond, either.Token);
        var (sent, position) = (0, (At: recovery.PositionAt, RunId: recovery.PositionRunId));
        try
        {
            foreach (var (at, runId, webhook) in next)
            {
                await resending.SendAsync(webhook, "recovered", either.Token);
                (sent, position) = (sent + 1, (at, runId));
            }
        }
        finally
        {
            await KeepAsync(recovery, sent, position, isDone: next.Count < recovery.RatePerSecond && sent == next.Count);
        }
    }

    private async Task KeepAsync(WebhookRecovery recovery, int sent, (DateTime? At, Guid? RunId) position, bool isDone)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        await db.Recoveries.Where(r => r.RecoveryId == recovery.RecoveryId && r.LeasedBy == _me).ExecuteUpdateAsync(
            set => set
                .SetProperty(r => r.Sent, r => r.Sent + sent)
                .SetProperty(r => r.PositionAt, position.At)
                .SetProperty(r => r.PositionRunId, position.RunId)
                .SetProperty(r => r.UpdatedAt, now),
            CancellationToken.None);
        if (isDone)
        {
            // An operator who stopped it meanwhile has the last word.
            await db.Recoveries.Where(r => r.RecoveryId == recovery.RecoveryId && r.State == RecoveryState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RecoveryState.Done), CancellationToken.None);
            Log.RecoveryDone(logger, recovery.RecoveryId, recovery.MerchantId, recovery.Sent + sent);
        }
    }
}
