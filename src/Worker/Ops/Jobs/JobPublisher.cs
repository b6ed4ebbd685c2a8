using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Publishes a job that somebody asked for, and lets it be looked up before its first attempt.</summary>
public sealed class JobPublisher(
    IBus bus, JobRecorder jobLog, TimeProvider time, BrokerAlarms alarms, ILogger<JobPublisher> logger)
{
    private static readonly TimeSpan LongestRecordWait = TimeSpan.FromSeconds(1);

    /// <summary>Publishes a job; the broker has the message when this is done.</summary>
    /// <param name="message">The contract message; its message id is the job's.</param>
    /// <param name="queued">The row that says the job was published.</param>
    /// <param name="advice">What to do when the broker did not confirm, and may have it all the same.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    public async Task<Result<PublishedJob>> PublishAsync(
        object message, JobRun queued, string advice, CancellationToken cancellationToken)
    {
        if (alarms.Now is { } alarm)
        {
            return Refusal.InAlarm("Not published", alarm);
        }

        try
        {
            await bus.PublishConfirmedAsync(message, queued.JobId, time, cancellationToken);
        }
        catch (MessageReturnedException)
        {
            return Refusal.Unavailable(
                "Not published", $"The broker has no queue for {queued.Queue} yet. Try again when /healthz/ready answers 200.");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotPublished(logger, queued.JobId, exception);
            return Refusal.Unavailable("The broker did not confirm", advice);
        }

        var recorded = jobLog.RecordAsync(queued, CancellationToken.None);
        // The job is published whatever becomes of this row, which waits in the job log while the database is away.
        await Task.WhenAny(recorded, Task.Delay(LongestRecordWait, time, cancellationToken));
        return Result.UnderWay(new PublishedJob(queued.JobId));
    }
}
