using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Shows what a webhook says, as far as it is kept. For operators alone.</summary>
public sealed class JobContents(WebhookResender resending)
{
    /// <summary>The payload's JSON as it was published, to the last digit; null when it is not kept.</summary>
    public async Task<string?> FindAsync(OneJob job, CancellationToken cancellationToken) =>
        (await resending.FindAsync(job.Id, job.MerchantId, cancellationToken))?.Payload;
}
