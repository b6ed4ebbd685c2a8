using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>
/// What is known of the job that a request means. Several merchants may have a webhook under one id; then it must say whose.
/// </summary>
/// <param name="Id">The job.</param>
/// <param name="MerchantId">Whose, as text; null when the job concerns no merchant or nothing is known of it.</param>
/// <param name="Runs">Its runs; the last says where it stands.</param>
/// <param name="Waiting">What waits of it.</param>
internal sealed record OneJob(Guid Id, string? MerchantId, IReadOnlyList<JobRun> Runs, WaitingEntry? Waiting)
{
    public static async Task<(OneJob? Job, ProblemHttpResult? Problem)> FindAsync(
        string id, string? merchantId, JobHistory history, WaitingDeliveries waiting, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var jobId))
        {
            return (null, Problems.Of(StatusCodes.Status400BadRequest, "Not a job id", $"'{id}' is not a UUID."));
        }

        var wanted = merchantId is null ? null : DeliverWebhook.MerchantIdOf(merchantId);
        var runs = (await history.GetAsync(jobId, cancellationToken)).Where(run => wanted is null || run.MerchantId == wanted).ToList();
        string[] merchants = [.. runs.Select(run => run.MerchantId).OfType<string>().Distinct()];
        if (merchants.Length > 1)
        {
            return (null, Problems.Of(
                StatusCodes.Status409Conflict,
                "Several merchants",
                $"{merchants.Length} merchants have a webhook {jobId}: {string.Join(", ", merchants)}. Say whose with merchant_id."));
        }

        var whose = wanted ?? merchants.SingleOrDefault();
        var entry = await waiting.FindAsync(jobId, Guid.TryParse(whose, out var key) ? key : null, cancellationToken);
        return (new OneJob(jobId, whose ?? entry?.MerchantId.ToString(), runs, entry), null);
    }
}
