using System.Collections.Concurrent;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Saga;
using MassTransit;

namespace Gateway.Worker.Webhooks.Recovery;

/// <summary>
/// Sends again what RabbitMQ has lost: the deliveries that wait for an attempt according to the job log. A retry is in the saga and is
/// sent as the saga had sent it, for the time at which it is due; what was kept when it was given up or skipped starts from its first attempt.
/// </summary>
/// <remarks>
/// Nobody can tell whether the broker has a message. One that it has is then there twice: a merchant who accepts the first copy does not
/// get the second, one who refuses it is asked once more, and neither copy brings forth a second retry.
/// </remarks>
public sealed class LostDeliveries(JobHistory history, ILoadSagaRepository<WebhookDelivery> sagas, Resending resending, IMessageScheduler scheduler)
{
    private const int AtOnce = 16;

    private static readonly Uri RetryQueue = new("queue:" + QueueNames.WebhooksRetry);

    /// <summary>How many deliveries wait for an attempt.</summary>
    /// <param name="merchantId">Only this merchant's; null for all.</param>
    /// <param name="before">Only those whose last attempt began before, UTC: when the broker lost its messages.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public Task<int> CountAsync(string? merchantId, DateTime before, CancellationToken cancellationToken) =>
        history.CountAsync(Waiting(merchantId, before), cancellationToken);

    /// <summary>Sends a page of them again, the one whose last attempt is newest first. Returns when the broker has them.</summary>
    /// <param name="merchantId">Only this merchant's; null for all.</param>
    /// <param name="before">Only those whose last attempt began before, UTC: when the broker lost its messages.</param>
    /// <param name="after">Where the page starts; null for the first.</param>
    /// <param name="limit">The most deliveries of the page, from 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays sent.</param>
    /// <exception cref="StackExchange.Redis.RedisException">Redis cannot be reached. Some may have been sent.</exception>
    /// <exception cref="TimeoutException">Redis does not answer. Some may have been sent.</exception>
    /// <exception cref="MassTransitException">The broker did not take a message. Others may have been sent.</exception>
    public async Task<ResentPage> SendAsync(string? merchantId, DateTime before, JobCursor? after, int limit, CancellationToken cancellationToken)
    {
        var page = await history.ListAsync(Waiting(merchantId, before), after, limit, cancellationToken);
        var unknown = new ConcurrentBag<Guid>();
        await Parallel.ForEachAsync(
            page.Jobs,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (run, stop) =>
            {
                if (!await TrySendAsync(run, stop))
                {
                    unknown.Add(run.JobId);
                }
            });
        return new ResentPage(page.Jobs.Count - unknown.Count, [.. unknown.Order()], page.Next);
    }

    private static JobFilter Waiting(string? merchantId, DateTime before) =>
        new() { IsWaiting = true, JobType = DeliveryLog.JobType, MerchantId = merchantId, To = before };

    private async Task<bool> TrySendAsync(JobRun last, CancellationToken cancellationToken)
    {
        var saga = await sagas.Load(last.JobId).WaitAsync(cancellationToken);
        if (saga is { CurrentState: nameof(WebhookDeliveryStateMachine.AwaitingRetry), Delivery: { } delivery, NextAttemptAt: { } dueAt })
        {
            // The news of its last attempts may have been lost too, but their rows were not.
            var retry = delivery with { Attempt = Math.Max(saga.AttemptsMade, last.Attempt) };
            var firstFailedAt = saga.Attempts[0].FailedAt;
            await scheduler.ScheduleSend(
                RetryQueue, dueAt, retry, Pipe.Execute<SendContext<Contracts.DeliverWebhook>>(send => EnqueuedAt.Keep(send, firstFailedAt)), cancellationToken);
            return true;
        }

        if (await resending.FindAsync(last.JobId, cancellationToken) is not { } kept)
        {
            return false;
        }

        await resending.SendAsync(kept, "recovered", cancellationToken);
        return true;
    }
}
