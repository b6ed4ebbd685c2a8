using System.Text;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;

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

    public static WaitingWebhook Waiting(
        Guid merchantId, DateTime dueAt, int attempt = 2, WaitReason reason = WaitReason.Retry, string @event = "payment.completed", Guid? deliveryId = null)
    {
        var id = deliveryId ?? Guid.CreateVersion7();
        return new WaitingWebhook
        {
            DeliveryId = id,
            MerchantId = merchantId,
            DueAt = dueAt,
            WaitsSince = Noon,
            EnqueuedAt = Noon,
            Attempt = attempt,
            Reason = reason,
            Event = @event,
            Message = Encoding.UTF8.GetBytes(
                $$"""{"delivery_id":"{{id}}","merchant_id":"{{merchantId}}","event":"{{@event}}","payload":{"amount": 1.10},"attempt":{{attempt - 1}},"occurred_at":"2026-02-28T12:00:00.1234560+00:00"}"""),
        };
    }
}
