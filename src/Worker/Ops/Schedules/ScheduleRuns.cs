using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Scheduling;

namespace Gateway.Worker.Ops.Schedules;

/// <summary>Asks for a schedule's job now, and lets a schedule tick or not.</summary>
public sealed class ScheduleRuns(ScheduleOptions schedules, ScheduleControl control, ScheduleOverview overview, JobsByHand jobs)
{
    /// <summary>Asks for the job now, beside the ticks; the broker has it when this is done.</summary>
    /// <param name="name">The schedule.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    public async Task<Result<PublishedJob>> RunAsync(string name, CancellationToken cancellationToken) =>
        schedules.Find(name) is { } schedule
            ? await jobs.PublishAsync(schedule.JobType, schedule.MessageFor, cancellationToken)
            : overview.Unknown(name);

    /// <summary>Lets it tick no more, in all workers and after a restart.</summary>
    /// <param name="name">The schedule.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public Task<Result<ScheduleResponse>> PauseAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync(name, schedule => control.PauseAsync(schedule, cancellationToken), cancellationToken);

    /// <summary>Lets it tick again; once at once when a tick was missed.</summary>
    /// <param name="name">The schedule.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public Task<Result<ScheduleResponse>> ResumeAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync(name, schedule => control.ResumeAsync(schedule, cancellationToken), cancellationToken);

    private async Task<Result<ScheduleResponse>> ChangeAsync(
        string name, Func<Schedule, Task> change, CancellationToken cancellationToken)
    {
        if (schedules.Find(name) is not { } schedule)
        {
            return overview.Unknown(name);
        }

        await change(schedule);
        return await overview.ReadAsync(schedule, cancellationToken);
    }
}
