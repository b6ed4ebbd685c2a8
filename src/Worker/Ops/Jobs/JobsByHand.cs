using Gateway.Persistence.JobLog;
using Gateway.Worker.Calendar;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Asks for a scheduled job now. Each time it is a job of its own.</summary>
public sealed class JobsByHand(JobPublisher publisher, BusinessTime businessTime, TimeProvider time)
{
    private const string Advice = "It may run all the same. To ask again does no harm: each of these jobs may run twice.";

    /// <summary>Asks for a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    public Task<Result<PublishedJob>> RunAsync(JobDefinition job, CancellationToken cancellationToken) =>
        RunAsync(job, date: null, cancellationToken);

    /// <summary>Asks for a job of a business day.</summary>
    /// <param name="job">The job.</param>
    /// <param name="date">The business day, from 1970 to yesterday; null for yesterday, and for a job that works on none.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    public async Task<Result<PublishedJob>> RunAsync(JobDefinition job, DateOnly? date, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var yesterday = businessTime.Yesterday(now);
        if (date > yesterday)
        {
            return Refusal.InvalidField(
                "date",
                $"date {date:yyyy-MM-dd} is not over yet: give {yesterday:yyyy-MM-dd} or a day before it ({businessTime.Zone.Id})");
        }

        if (date < BusinessTime.FirstDay)
        {
            return Refusal.InvalidField(
                "date",
                $"date {date:yyyy-MM-dd} is not one to report: give a day "
                + $"from {BusinessTime.FirstDay:yyyy-MM-dd} to {yesterday:yyyy-MM-dd} ({businessTime.Zone.Id})");
        }

        return await publisher.PublishAsync(
            date is { } day ? job.MessageOf(day) : job.MessageAt(now, businessTime),
            JobRun.Queued(now, Guid.CreateVersion7(now), job.Type, job.Queue),
            Advice,
            cancellationToken);
    }
}
