using Gateway.Persistence;
using Gateway.Worker.Workers;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Workers;

/// <summary>Shows the workers of this gateway: those that are alive, and those of the last day that ended without a word.</summary>
public sealed class WorkerOverview(WorkerSigns signs, IDbContextFactory<GatewayDbContext> contexts, TimeProvider time)
{
    /// <summary>Every worker, those that are alive first, then the newest.</summary>
    public async Task<IReadOnlyList<WorkerResponse>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!db.Database.IsNpgsql())
        {
            return [WorkerResponse.From(signs.Own, isAlive: true)];
        }

        // By the database's clock, as the signs are.
        var now = await db.ReadClockAsync(time, cancellationToken);
        var workers = await db.Workers.AsNoTracking().ToListAsync(cancellationToken);
        return
        [
            .. workers.Select(sign => WorkerResponse.From(sign, isAlive: now - sign.SeenAt < WorkerSigns.AliveFor))
                .OrderByDescending(worker => worker.IsAlive).ThenByDescending(worker => worker.StartedAt),
        ];
    }
}
