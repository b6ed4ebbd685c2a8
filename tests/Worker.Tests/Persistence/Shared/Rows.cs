using Gateway.Persistence;
using Gateway.Persistence.JobLog;

namespace Gateway.Tests.Persistence;

/// <summary>Rows with everything filled in that has to be.</summary>
public static class Rows
{
    /// <summary>With microseconds, which PostgreSQL keeps.</summary>
    public static readonly DateTime Noon = new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc).AddTicks(1_234_560);

    public static Merchant Merchant(string? url = "https://merchant.example/hooks")
    {
        var id = Guid.CreateVersion7();
        return new Merchant
        {
            Id = id,
            Email = $"{id:N}@merchant.example",
            BusinessName = "Phở 24",
            OwnerFullName = "Nguyễn Văn A",
            WebhookUrl = url,
            CreatedAt = Noon,
            UpdatedAt = Noon,
        };
    }

    public static JobRun Run(
        Guid jobId, DateTime startedAt, JobState state = JobState.Succeeded, int attempt = 1, string? merchantId = null, short round = 0) => new()
        {
            RunId = RunId.At(startedAt),
            JobId = jobId,
            JobType = "webhook:delivery",
            Queue = "webhooks",
            Attempt = attempt,
            Round = round,
            State = state,
            MerchantId = merchantId,
            Event = "payment.completed",
            StartedAt = startedAt,
            DurationMs = 12,
        };
}
