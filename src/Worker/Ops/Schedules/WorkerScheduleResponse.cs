using Gateway.Persistence.Scheduling;

namespace Gateway.Worker.Ops.Schedules;

/// <summary>What one worker is configured to do about a schedule.</summary>
/// <param name="WorkerId">The process.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Cron">The expression.</param>
/// <param name="TimeZone">The time zone of the expression.</param>
/// <param name="Enabled">Whether it wants the schedule to tick.</param>
/// <param name="Since">UTC; when the first worker said the same.</param>
/// <param name="SeenAt">UTC; the last sign of this worker.</param>
public sealed record WorkerScheduleResponse(
    Guid WorkerId, string Host, string Cron, string TimeZone, bool Enabled, DateTime Since, DateTime SeenAt)
{
    /// <summary>Shows a setting.</summary>
    public static WorkerScheduleResponse From(ScheduleSetting setting) =>
        new(setting.WorkerId, setting.Host, setting.Cron, setting.TimeZone, setting.IsEnabled, setting.Since, setting.SeenAt);
}
