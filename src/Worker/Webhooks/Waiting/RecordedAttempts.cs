using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Attempts;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Polly;
using Polly.Retry;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>
/// Asks the job log whether an attempt is recorded already. For messages of which there may be a second one: neither a register that was
/// emptied nor a database that was away for longer than the register remembers lets a webhook be posted again.
/// </summary>
public sealed class RecordedAttempts(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time)
{
    // The message waits as long as the database is away: it must not be attempted before it is known.
    private readonly ResiliencePipeline _patience = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(2),
            ShouldHandle = new PredicateBuilder().Handle<Exception>(DatabaseFailure.IsCauseOf),
        })
        .Build();

    /// <summary>Whether the attempt, or a later one, is recorded.</summary>
    /// <param name="context">The message that asks for the attempt; its token ends the wait for the database.</param>
    /// <param name="road">How it came.</param>
    public async ValueTask<bool> IsRecordedAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road)
    {
        var (delivery, attempt, round) = (context.Message, DeliveryRules.AttemptOf(context.Message), road.Round);
        // What was attempted before belongs to an earlier publication under the same id. A publisher's clock may be a little ahead.
        var from = (EnqueuedAt.Of(context) ?? DateTime.UnixEpoch).AddSeconds(-10);
        return await _patience.ExecuteAsync(
            async cancellation =>
            {
                await using var db = await contexts.CreateDbContextAsync(cancellation);
                return await db.JobRuns.AnyAsync(
                    run => run.JobId == delivery.DeliveryId && run.MerchantId == delivery.MerchantId
                        && run.Round == round && run.Attempt >= attempt && run.State != JobState.Skipped && run.StartedAt >= from,
                    cancellation);
            },
            context.CancellationToken);
    }
}
