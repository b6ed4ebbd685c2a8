using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Scheduling;

/// <summary>
/// What the workers that share a database are configured to do about the schedules. In embedded mode there is one worker, and nothing to
/// share.
/// </summary>
public sealed class ScheduleSettingStore(IDbContextFactory<GatewayDbContext> contexts)
{
    private static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(30);

    // A worker that comes back within this time with what it had before says nothing new.
    private static readonly TimeSpan RememberedFor = TimeSpan.FromDays(1);

    /// <summary>Tells the others what a worker is configured to do, and that it is alive.</summary>
    public async Task AnnounceAsync(
        Guid workerId, string schedule, string cron, string timeZone, bool isEnabled, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!db.Database.IsNpgsql())
        {
            return;
        }

        await db.Database.ExecuteSqlAsync(
            $"""
            insert into schedule_settings (schedule, worker_id, host, cron, time_zone, is_enabled, since, seen_at)
            values ({schedule}, {workerId}, {Environment.MachineName}, {cron}, {timeZone}, {isEnabled}, coalesce(
                (select min(since) from schedule_settings
                where schedule = {schedule} and cron = {cron} and time_zone = {timeZone} and is_enabled = {isEnabled}
                    and seen_at > now() - {RememberedFor}), now()), now())
            on conflict (schedule, worker_id) do update set seen_at = excluded.seen_at
            """,
            cancellationToken);
        await db.Database.ExecuteSqlAsync($"delete from schedule_settings where seen_at < now() - {RememberedFor}", cancellationToken);
    }

    /// <summary>
    /// A worker stops: from now on the others decide without it. What it said is remembered for a day, so that its next start is no news.
    /// </summary>
    public async Task LeaveAsync(Guid workerId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!db.Database.IsNpgsql())
        {
            return;
        }

        await db.Database.ExecuteSqlAsync(
            $"update schedule_settings set seen_at = now() - {AliveFor} where worker_id = {workerId}", cancellationToken);
    }

    /// <summary>What the workers that are alive say about a schedule, the newest setting first; nothing in embedded mode.</summary>
    public async Task<IReadOnlyList<ScheduleSetting>> OfLivingWorkersAsync(string schedule, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!db.Database.IsNpgsql())
        {
            return [];
        }

        return await db.ScheduleSettings
            .FromSql($"select * from schedule_settings where schedule = {schedule} and seen_at > now() - {AliveFor}")
            .AsNoTracking()
            .OrderByDescending(setting => setting.Since).ThenBy(setting => setting.Cron).ThenBy(setting => setting.WorkerId)
            .ToListAsync(cancellationToken);
    }
}
