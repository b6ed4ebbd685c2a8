using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Looks up one job. Several merchants may have a webhook under one id; then it must be said whose is meant.</summary>
public sealed class JobLookup(JobHistory history, WaitingDeliveries waiting)
{
    /// <summary>A job of which something is known.</summary>
    /// <param name="id">The job's id, as text.</param>
    /// <param name="merchantId">Whose; null where that needs not be said.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<OneJob>> FindAsync(string id, string? merchantId, CancellationToken cancellationToken)
    {
        var found = await IdentifyAsync(id, merchantId, cancellationToken);
        return found.Value switch
        {
            { Runs: [], Waiting: null, MerchantId: { } merchant } job =>
                NotFound($"Nothing is known of a webhook {job.Id} of merchant {merchant}."),
            { Runs: [], Waiting: null } job =>
                NotFound($"No attempt of job {job.Id} is recorded. A job that was just published may still wait in its queue."),
            _ => found,
        };
    }

    /// <summary>The same, also where nothing is known of it.</summary>
    internal async Task<Result<OneJob>> IdentifyAsync(string id, string? merchantId, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var jobId))
        {
            return Refusal.Invalid("Not a job id", $"'{id}' is not a UUID.");
        }

        var wanted = DeliverWebhook.MerchantIdOf(merchantId);
        var runs = (await history.GetAsync(jobId, cancellationToken)).Where(run => wanted is null || run.MerchantId == wanted).ToList();
        string[] merchants = [.. runs.Select(run => run.MerchantId).OfType<string>().Distinct()];
        if (merchants.Length > 1)
        {
            return Refusal.Conflict(
                "Several merchants",
                $"{merchants.Length} merchants have a webhook {jobId}: {string.Join(", ", merchants)}. Say whose with merchant_id.");
        }

        var whose = wanted ?? merchants.SingleOrDefault();
        var entry = await waiting.FindAsync(jobId, Guid.TryParse(whose, out var key) ? key : null, cancellationToken);
        return new OneJob(jobId, whose ?? entry?.MerchantId.ToString(), runs, entry);
    }

    private static Refusal NotFound(string detail) => Refusal.NotFound("Job not found", detail);
}
