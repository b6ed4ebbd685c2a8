using Gateway.Contracts;
using Gateway.Persistence.Bulk;
using Gateway.Worker.Ops.Bulk;
using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Sends a merchant's failed and skipped webhooks of a time window again.</summary>
public sealed class WebhookRecovery(WebhookResender resending, BulkOrders orders, TimeProvider time)
{
    private const int DefaultRate = 50;

    /// <summary>How many webhooks it would be about.</summary>
    public async Task<Result<RecoveryCount>> CountAsync(RecoverRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Complaint(request, now) is { } complaint)
        {
            return complaint;
        }

        var count = await resending.CountAsync(New(request, now, by: "", total: 0), cancellationToken);
        return Result.Done(new RecoveryCount(count), $"counted {count}");
    }

    /// <summary>Begins a recovery, which workers do page by page.</summary>
    /// <param name="request">Which webhooks, and how many a second.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<BulkOrder>> BeginAsync(RecoverRequest request, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Complaint(request, now) is { } complaint)
        {
            return complaint;
        }

        var count = await resending.CountAsync(New(request, now, by, total: 0), cancellationToken);
        return await orders.BeginAsync(New(request, now, by, count), cancellationToken);
    }

    private static BulkJob New(RecoverRequest request, DateTimeOffset now, string by, int total) => new()
    {
        BulkJobId = Guid.CreateVersion7(now),
        Kind = BulkKind.Recover,
        MerchantId = DeliverWebhook.MerchantIdOf(request.MerchantId!),
        Event = request.Event,
        From = request.From!.Value.UtcDateTime,
        To = (request.To < now ? request.To.Value : now).UtcDateTime,
        IncludesDead = StatesOf(request).Contains("dead"),
        IncludesSkipped = StatesOf(request).Contains("skipped"),
        RatePerSecond = request.RatePerSecond ?? DefaultRate,
        Total = total,
        NextAt = now.UtcDateTime,
        CreatedBy = by,
        CreatedAt = now.UtcDateTime,
        UpdatedAt = now.UtcDateTime,
    };

    private static string[] StatesOf(RecoverRequest request) => request.States is { Length: > 0 } given ? given : ["dead", "skipped"];

    private static Refusal? Complaint(RecoverRequest request, DateTimeOffset now)
    {
        var complaint = request switch
        {
            { MerchantId: null or "" } => "merchant_id is missing.",
            { From: null } => "from is missing: give the beginning of the time window, such as 2026-01-31T08:00:00Z.",
            { From: var from, To: var to } when from >= (to ?? now) => $"from {from:O} is not before to {to ?? now:O}.",
            _ when StatesOf(request).FirstOrDefault(state => state is not ("dead" or "skipped")) is { } wrong =>
                $"states: '{wrong}' is not one of dead, skipped.",
            _ => BulkOrders.ComplaintOf(request.RatePerSecond),
        };
        return complaint is null ? null : Refusal.Invalid("Not a valid recovery", complaint);
    }
}
