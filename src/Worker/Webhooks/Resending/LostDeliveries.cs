using System.Collections.Concurrent;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using MassTransit;

namespace Gateway.Worker.Webhooks.Resending;

/// <summary>
/// Sends again what RabbitMQ has lost: what the waiting room had sent, and what was published and neither attempted nor put aside. Of the
/// latter nothing is kept but the webhooks that were given up or skipped before.
/// </summary>
/// <remarks>
/// Nobody can tell whether the broker has a message. One that it has is then there twice: a merchant who accepts the first copy does not
/// get the second, one who refuses it is asked once more, and neither copy brings forth a second retry.
/// </remarks>
public sealed class LostDeliveries(JobHistory history, WaitingDeliveries waiting, WebhookResender resending)
{
    private const int AtOnce = 16;

    /// <summary>How many there are.</summary>
    /// <param name="merchantId">Only this merchant's; null for all.</param>
    /// <param name="before">Only those that were published or sent before, UTC: when the broker lost its messages.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<int> CountAsync(string? merchantId, DateTime before, CancellationToken cancellationToken) =>
        await history.CountAsync(Unattempted(merchantId, before), cancellationToken)
        + await waiting.CountOnTheRoadAsync(KeyOf(merchantId), before, cancellationToken);

    /// <summary>Lets the waiting room send again what it had sent, and finds a page of the others, the newest first.</summary>
    /// <param name="merchantId">Only this merchant's; null for all.</param>
    /// <param name="before">Only those that were published or sent before, UTC: when the broker lost its messages.</param>
    /// <param name="after">Where the page starts; null for the first.</param>
    /// <param name="limit">The most deliveries of the page, from 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    public async Task<LostPage> TakeAsync(
        string? merchantId, DateTime before, JobCursor? after, int limit, CancellationToken cancellationToken) =>
        new(await waiting.EndLeasesAsync(KeyOf(merchantId), before, cancellationToken),
            await history.ListAsync(Unattempted(merchantId, before), after, limit, cancellationToken));

    /// <summary>Sends a page. Returns when the broker has it.</summary>
    /// <param name="lost">The page.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays sent.</param>
    /// <exception cref="StackExchange.Redis.RedisException">Redis cannot be reached. Some may have been sent.</exception>
    /// <exception cref="TimeoutException">Redis does not answer. Some may have been sent.</exception>
    /// <exception cref="MassTransitException">The broker did not take a message. Others may have been sent.</exception>
    public async Task<ResentPage> SendAsync(LostPage lost, CancellationToken cancellationToken)
    {
        var page = lost.Others;
        var unknown = new ConcurrentBag<Guid>();
        await Parallel.ForEachAsync(
            page.Jobs,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (run, stop) =>
            {
                if (await resending.FindAsync(run.JobId, run.MerchantId, stop) is { } kept)
                {
                    await resending.SendAsync(kept, "recovered", stop);
                }
                else
                {
                    unknown.Add(run.JobId);
                }
            });
        return new ResentPage(lost.Released, page.Jobs.Count - unknown.Count, [.. unknown.Order()], page.Next);
    }

    private static JobFilter Unattempted(string? merchantId, DateTime before) => new()
    {
        State = JobState.Queued,
        IsOutsideWaitingRoom = true,
        JobType = WebhookJob.Type,
        MerchantId = DeliverWebhook.MerchantIdOf(merchantId),
        To = before,
    };

    // Nothing waits for a merchant whose id is no UUID.
    private static Guid? KeyOf(string? merchantId) => merchantId is null ? null : Guid.TryParse(merchantId, out var key) ? key : Guid.Empty;
}
