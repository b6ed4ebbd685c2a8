using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Ops.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Payments;

/// <summary>Looks up one payment with its webhooks: those whose reference is the payment's id.</summary>
public sealed class PaymentLookup(IDbContextFactory<GatewayDbContext> contexts, JobHistory history, WaitingDeliveries waiting)
{
    private const int MostWebhooks = 100;

    private static readonly string[] Numbers = ["amount_vnd", "amount_crypto", "fee_vnd"];
    private static readonly string[] Times = ["created_at", "expires_at", "paid_at", "confirmed_at"];

    private static readonly string OnSqlite = SelectOf(Numbers, Times, "''");

    // There a number may be NaN, and a time infinite or of a year that .NET does not know.
    private static readonly string OnPostgres = SelectOf(
        Numbers.Select(number => $"case when {HasNumber(number)} then {number} end as {number}"),
        Times.Select(time => $"case when {HasTime(time)} then {time} end as {time}"),
        $"""
        concat_ws(' ', {string.Join(", ", Numbers.Select(number => $"case when not {HasNumber(number)} then '{number}' end")
            .Concat(Times.Select(time => $"case when not {HasTime(time)} then '{time}' end")))})
        """);

    /// <summary>A payment.</summary>
    /// <param name="id">Its id, as text.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<PaymentResponse>> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var paymentId))
        {
            return Refusal.Invalid("Not a payment's id", $"'{id}' is not a UUID.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Database.SqlQueryRaw<PaymentRow>(db.Database.IsNpgsql() ? OnPostgres : OnSqlite, paymentId)
            .ToListAsync(cancellationToken);
        if (rows is not [var payment])
        {
            return Refusal.NotFound("Payment not found", $"There is no payment {paymentId}.");
        }

        var (webhooks, hasOlder) = await FindWebhooksAsync(paymentId.ToString(), payment.MerchantId, cancellationToken);
        return PaymentResponse.From(payment, webhooks, hasOlder);
    }

    private async Task<(IReadOnlyList<JobResponse> Webhooks, bool HasOlder)> FindWebhooksAsync(
        string reference, Guid merchant, CancellationToken cancellationToken)
    {
        var merchantId = merchant.ToString();
        var filter = new JobFilter { Reference = reference, MerchantId = merchantId };
        var page = await history.ListAsync(filter, after: null, MostWebhooks, cancellationToken);
        var runs = (await history.GetAsync([.. page.Jobs.Select(job => job.JobId)], cancellationToken))
            .Where(run => run.MerchantId == merchantId)
            .ToLookup(run => run.JobId);
        var webhooks = new List<JobResponse>();
        foreach (var job in page.Jobs)
        {
            var entry = job.State is JobState.Succeeded or JobState.Dead
                ? null
                : await waiting.FindAsync(job.JobId, merchant, cancellationToken);
            webhooks.Add(JobResponse.From(new OneJob(job.JobId, merchantId, [.. runs[job.JobId]], entry)));
        }

        // A webhook that was put aside before its first attempt has no run.
        webhooks.AddRange(
            from entry in await waiting.FindUntriedAsync(reference, merchant, MostWebhooks, cancellationToken)
            where !runs.Contains(entry.DeliveryId)
            select JobResponse.From(entry));
        return ([.. webhooks.OrderBy(FirstAt)], page.Next is not null);
    }

    private static DateTime FirstAt(JobResponse webhook) => webhook.Attempts is [var first, ..] ? first.StartedAt : webhook.LastAt;

    private static string SelectOf(IEnumerable<string> numbers, IEnumerable<string> times, string unreadable) =>
        $$"""
        select id, merchant_id, payment_reference, order_id, status, currency, chain, tx_hash, failure_reason,
            {{string.Join(", ", numbers.Concat(times))}}, {{unreadable}} as unreadable
        from payments where id = {0} and deleted_at is null
        """;

    private static string HasNumber(string column) => $"({column} > -1e18 and {column} < 1e18)";

    private static string HasTime(string column) => $"({column} >= '1970-01-01' and {column} < '10000-01-01')";
}
