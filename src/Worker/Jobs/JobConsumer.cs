using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Gate;
using MassTransit;

namespace Gateway.Worker.Jobs;

/// <summary>
/// Makes one attempt to run a job: run it within its time, record it, and when it failed wait for the next attempt in a delay queue or,
/// after the last one, as a dead letter. The message is acknowledged only after the attempt is in the job log.
/// </summary>
/// <typeparam name="TMessage">The message that asks for the job.</typeparam>
public sealed class JobConsumer<TMessage>(
    JobDefinition<TMessage> job,
    JobQueueOptions queue,
    IServiceScopeFactory scopes,
    JobHistory history,
    JobRecorder jobLog,
    GatedQueue gatedQueue,
    JobCounts counts,
    TimeProvider time,
    ILogger<JobConsumer<TMessage>> logger) : IConsumer<TMessage>
    where TMessage : class
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<TMessage> context)
    {
        // The time at the gate counts neither as the attempt's nor as a failure of it.
        using var slot = await gatedQueue.EnterAsync(GateRank.Normal, context);
        gatedQueue.Start(context);
        var number = context.GetRedeliveryCount() + 1;
        var attempt = new JobAttempt(JobId.Of(job, context), number, IsLast: number >= queue.MaxAttempts);
        var scope = new JobScope(attempt.JobId, job.Type, queue.Name, attempt.Number);
        JobSpan.Describe(scope);
        using var logScope = logger.BeginScope(scope);
        var startedAt = time.GetUtcNow();
        using var limit = new CancellationTokenSource(queue.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.CancellationToken);
        try
        {
            // A tick may be published twice, and a worker may die between its record and its acknowledgement.
            var runs = await history.GetAsync(attempt.JobId, either.Token);
            if (runs.Any(run => run.State == JobState.Succeeded))
            {
                Log.AlreadyDone(logger, job.Type, attempt.JobId);
                return;
            }

            await using var services = scopes.CreateAsyncScope();
            var result = await services.ServiceProvider.GetRequiredService<IJob<TMessage>>()
                .RunAsync(context.Message, attempt, either.Token);

            Log.Done(logger, job.Type, attempt.JobId, attempt.Number, result);
            await RecordAsync(context, attempt, startedAt, JobState.Succeeded, reason: null, result);
        }
        catch (Exception exception)
        {
            // A stop of the worker is no attempt: the message goes back to its queue.
            context.CancellationToken.ThrowIfCancellationRequested();
            await FailedAsync(context, attempt, startedAt, AsFailure(exception, limit.IsCancellationRequested));
        }
    }

    private async Task FailedAsync(
        ConsumeContext<TMessage> context, JobAttempt attempt, DateTimeOffset startedAt, JobFailedException failure)
    {
        var isLast = failure.IsFinal || attempt.IsLast;
        Log.Failed(logger, job.Type, attempt.JobId, attempt.Number, failure.Reason, failure);
        await RecordAsync(context, attempt, startedAt, isLast ? JobState.Dead : JobState.Retrying, failure.Reason, failure.Message);
        if (isLast)
        {
            throw failure;
        }

        var delay = DelaySteps.Spread(queue.RetryDelays[attempt.Number - 1], Random.Shared.NextDouble());
        await context.Redeliver(delay, (_, retry) =>
        {
            retry.MessageId = attempt.JobId;
            EnqueuedAt.Keep(retry, EnqueuedAt.Of(context) ?? startedAt.UtcDateTime);
        });
    }

    private JobFailedException AsFailure(Exception exception, bool isOverTime)
    {
        var failure = exception switch
        {
            _ when isOverTime => new JobFailedException("timeout", $"The attempt took longer than {queue.Timeout}", exception),
            JobFailedException known => known,
            _ => new JobFailedException("error", $"{exception.GetType().Name}: {exception.Message}", exception),
        };

        // MassTransit takes what began as a cancellation for a consumer that gave up, and would say that instead of the reason.
        return failure.GetBaseException() is OperationCanceledException ? new JobFailedException(failure.Reason, failure.Message) : failure;
    }

    private async Task RecordAsync(
        ConsumeContext context, JobAttempt attempt, DateTimeOffset startedAt, JobState state, string? reason, string detail)
    {
        var endedAt = time.GetUtcNow();
        // The clock may have been set back.
        var duration = endedAt > startedAt ? endedAt - startedAt : TimeSpan.Zero;
        JobSpan.End(state, reason);
        await jobLog.RecordAsync(
            new JobRun
            {
                RunId = RunId.At(startedAt),
                JobId = attempt.JobId,
                JobType = job.Type,
                Queue = queue.Name,
                Attempt = attempt.Number,
                Round = JobRound.Of(context),
                State = state,
                Reason = reason,
                Detail = detail,
                StartedAt = startedAt.UtcDateTime,
                DurationMs = (int)duration.TotalMilliseconds,
                TraceId = TraceOfRun.Current,
            },
            context.CancellationToken);
        counts.Attempted(state, attempt.Number, duration, endedAt.UtcDateTime - (EnqueuedAt.Of(context) ?? startedAt.UtcDateTime));
    }
}
