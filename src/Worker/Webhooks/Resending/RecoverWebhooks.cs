using Gateway.Persistence.Bulk;
using Gateway.Worker.Bulk;

namespace Gateway.Worker.Webhooks.Resending;

/// <summary>
/// Sends a merchant's failed and skipped webhooks again, and keeps the place with every page. What a worker had sent of a page when it died
/// may be sent once more.
/// </summary>
internal sealed class RecoverWebhooks(WebhookResender resending, BulkJobStore jobs, TimeProvider time) : IBulkWork
{
    // Each with its payload, of which nothing bounds a page but its number.
    private const int PageSize = 100;

    // A broker that does not answer is given up then, and the job's turn with it.
    private static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(20);

    public BulkKind Kind => BulkKind.Recover;

    public bool Sends => true;

    public async Task DoNextAsync(BulkJob job, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var size = job.PageSize(PageSize);
        var next = await resending.NextAsync(job, size, either.Token);
        var progress = new BulkProgress(next.Count, 0, null, null, IsEnd: next.Count == 0);
        try
        {
            foreach (var (at, runId, webhook) in next)
            {
                await resending.SendAsync(webhook, "recovered", either.Token);
                progress = progress with { Done = progress.Done + 1, PositionAt = at, PositionId = runId };
            }

            progress = progress with { IsEnd = next.Count < size };
        }
        finally
        {
            await jobs.AdvanceAsync(job, progress, time.GetUtcNow().UtcDateTime, CancellationToken.None);
        }
    }
}
