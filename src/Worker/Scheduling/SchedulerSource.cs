using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>
/// The scheduler, made once its database answers. One whose database was away while it was made counts as shut down for Quartz, which hands
/// it out no more: the schedules of a worker that started before its database would not run until it starts again.
/// </summary>
public sealed class SchedulerSource(ISchedulerFactory schedulers, IDbContextFactory<GatewayDbContext> contexts)
{
    private volatile IScheduler? _made;

    /// <summary>The scheduler; null before it was made.</summary>
    public IScheduler? Made => _made;

    /// <summary>The scheduler, which is made the first time.</summary>
    /// <exception cref="System.Data.Common.DbException">The database is away.</exception>
    public async Task<IScheduler> GetAsync(CancellationToken cancellationToken)
    {
        if (_made is { } made)
        {
            return made;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("select 1", cancellationToken);
        return _made = await schedulers.GetScheduler(cancellationToken);
    }
}
