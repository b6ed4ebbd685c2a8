using Gateway.Persistence.JobLog;
using Gateway.Persistence.Scheduling;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Scheduling;

namespace Gateway.Worker.Ops.Schedules;

/// <summary>Shows the schedules with their ticks and their latest jobs.</summary>
public sealed class ScheduleOverview(
    ScheduleOptions schedules, ScheduleControl control, ScheduleSettingStore settings, JobHistory history)
{
    private const int RecentJobs = 10;

    /// <summary>Every schedule.</summary>
    public async Task<IReadOnlyList<ScheduleResponse>> ReadAsync(CancellationToken cancellationToken)
    {
        var answers = new List<ScheduleResponse>();
        foreach (var schedule in schedules.Schedules)
        {
            answers.Add(await ReadAsync(schedule, cancellationToken));
        }

        return answers;
    }

    internal async Task<ScheduleResponse> ReadAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        var state = await control.GetAsync(schedule, cancellationToken);
        var recent = await history.ListAsync(new JobFilter { JobType = schedule.Job.Type }, after: null, RecentJobs, cancellationToken);
        var announced = await settings.OfLivingWorkersAsync(schedule.Name, cancellationToken);
        return ScheduleResponse.From(schedule, state, announced, recent.Jobs.Select(JobResponse.From));
    }

    internal Refusal Unknown(string name) => Refusal.NotFound(
        "Schedule not found",
        $"There is no schedule '{name}'. The schedules are {string.Join(", ", schedules.Schedules.Select(s => s.Name))}.");
}
