using System.Collections.Concurrent;
using Gateway.Persistence.JobLog;
using MassTransit;

namespace Gateway.Worker.Webhooks.Recovery;

/// <summary>
/// Sends again what RabbitMQ has lost: the deliveries that wait for an attempt according to the job log and whose payload is kept. They start
/// from their first attempt.
/// </summary>
/// <remarks>
/// Nobody can tell whether the broker has a message. One that it has is then there twice: a merchant who accepts the first copy does not
/// get the second, one who refuses it is asked once more, and neither copy brings forth a second retry.
/// </remarks>
public sealed class LostDeliveries(JobHistory history, Resending resending)
{
    private const int AtOnce = 16;

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
        if (await resending.FindAsync(last.JobId, cancellationToken) is not { } kept)
        {
            return false;
        }

        await resending.SendAsync(kept, "recovered", cancellationToken);
        return true;
    }
}
