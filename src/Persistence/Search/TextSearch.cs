using System.Linq.Expressions;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Search;

/// <summary>
/// Finds payments, payouts, merchants and jobs by what somebody has at hand. Only where an index serves, or the table is small: a search
/// that reads a large table would take minutes of a database that others need.
/// </summary>
public sealed class TextSearch(IDbContextFactory<GatewayDbContext> contexts, JobHistory history)
{
    /// <summary>The most things of each kind that are found.</summary>
    public const int MostOfEach = 20;

    /// <summary>The shortest part of a merchant's name.</summary>
    public const int ShortestName = 2;

    /// <summary>Finds what a text names.</summary>
    /// <param name="text">An id, a reference, an order's id, a transaction's hash, or a part of a merchant's name; not empty.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<FoundThings> FindAsync(string text, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        List<Found> found = [];
        List<string> notSearched = [];
        if (Guid.TryParse(text, out var id))
        {
            found.AddRange(await PaymentsAsync(db, "id", payment => payment.Id == id, cancellationToken));
            found.AddRange(await PayoutsAsync(db, id, cancellationToken));
            found.AddRange(await MerchantsAsync(db, "id", merchant => merchant.Id == id, cancellationToken));
            found.AddRange(await JobsAsync(db, id, cancellationToken));
        }

        await ByColumnAsync("payment_reference", payment => payment.PaymentReference == text);
        await ByColumnAsync("order_id", payment => payment.OrderId == text);
        await ByColumnAsync("tx_hash", payment => payment.TxHash == text);
        found.AddRange(await ByReferenceAsync(db, text, cancellationToken));
        if (text.Length >= ShortestName && id == Guid.Empty)
        {
            if (await ReadableColumns.IsSmallAsync(db, "merchants", cancellationToken))
            {
                found.AddRange(await MerchantsAsync(db, "name", NameHas(db, text), cancellationToken));
            }
            else
            {
                notSearched.Add("merchants by name: there are too many to look at each; give the id");
            }
        }

        return new FoundThings([.. found.DistinctBy(thing => (thing.Kind, thing.Id, thing.MerchantId))], notSearched);

        async Task ByColumnAsync(string column, Expression<Func<Payment, bool>> matches)
        {
            if (await ReadableColumns.CanFindAsync(db, "payments", column, cancellationToken))
            {
                found.AddRange(await PaymentsAsync(db, column, matches, cancellationToken));
            }
            else
            {
                notSearched.Add($"payments by {column}: the gateway's table has no index on it");
            }
        }
    }

    private static async Task<IEnumerable<Found>> PaymentsAsync(
        GatewayDbContext db, string by, Expression<Func<Payment, bool>> matches, CancellationToken cancellationToken) =>
        (await db.Payments.Where(matches).Take(MostOfEach)
            .Select(payment => new { payment.Id, payment.MerchantId, payment.PaymentReference, payment.Status })
            .ToListAsync(cancellationToken))
        .Select(payment => new Found(
            FoundKind.Payment, payment.Id, by, payment.MerchantId.ToString(), payment.PaymentReference, payment.Status));

    // Neither the account nor the name of its owner: those are of no use here.
    private static async Task<IEnumerable<Found>> PayoutsAsync(GatewayDbContext db, Guid id, CancellationToken cancellationToken) =>
        (await db.Payouts.Where(payout => payout.Id == id).Select(payout => new { payout.Id, payout.MerchantId, payout.Status })
            .ToListAsync(cancellationToken))
        .Select(payout => new Found(FoundKind.Payout, payout.Id, "id", payout.MerchantId.ToString(), Name: null, payout.Status));

    private static async Task<IEnumerable<Found>> MerchantsAsync(
        GatewayDbContext db, string by, Expression<Func<Merchant, bool>> matches, CancellationToken cancellationToken) =>
        (await db.Merchants.Where(matches).OrderBy(merchant => merchant.BusinessName).Take(MostOfEach)
            .Select(merchant => new { merchant.Id, merchant.BusinessName, merchant.Status })
            .ToListAsync(cancellationToken))
        .Select(merchant => new Found(
            FoundKind.Merchant, merchant.Id, by, merchant.Id.ToString(), merchant.BusinessName, merchant.Status));

    private static Expression<Func<Merchant, bool>> NameHas(GatewayDbContext db, string text)
    {
        var pattern = "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal) + "%";
        return db.Database.IsSqlite()
            ? merchant => EF.Functions.Like(merchant.BusinessName, pattern, "\\")
            : merchant => EF.Functions.ILike(merchant.BusinessName, pattern, "\\");
    }

    private async Task<IEnumerable<Found>> JobsAsync(GatewayDbContext db, Guid id, CancellationToken cancellationToken)
    {
        // The last run of each merchant's says where it stands.
        var runs = (await history.GetAsync(id, cancellationToken)).GroupBy(run => run.MerchantId).Select(ofOne => ofOne.Last());
        var waiting = await db.WaitingWebhooks.Where(webhook => webhook.DeliveryId == id).Take(MostOfEach)
            .Select(webhook => new Waiting(webhook.DeliveryId, webhook.MerchantId, webhook.Event)).ToListAsync(cancellationToken);
        return [.. runs.Select(run => From(run, "id")), .. waiting.Select(webhook => From(webhook, "id"))];
    }

    private async Task<IEnumerable<Found>> ByReferenceAsync(GatewayDbContext db, string text, CancellationToken cancellationToken)
    {
        if (text.Length > JobRun.ReferenceLength)
        {
            return [];
        }

        var jobs = await history.ListAsync(new JobFilter { Reference = text }, after: null, MostOfEach, cancellationToken);
        // Only first attempts are in the index; what was attempted is in the job log.
        var waiting = await db.WaitingWebhooks
            .Where(webhook => webhook.Reference == text && webhook.Reference != null && webhook.Attempt == 1)
            .Take(MostOfEach)
            .Select(webhook => new Waiting(webhook.DeliveryId, webhook.MerchantId, webhook.Event)).ToListAsync(cancellationToken);
        return [.. jobs.Jobs.Select(run => From(run, "reference")), .. waiting.Select(webhook => From(webhook, "reference"))];
    }

    private static Found From(JobRun run, string by) => new(
        run.JobType == WebhookJob.Type ? FoundKind.Webhook : FoundKind.Job,
        run.JobId,
        by,
        run.MerchantId,
        run.Event ?? run.JobType,
        run.State.ToString().ToLowerInvariant());

    private static Found From(Waiting webhook, string by) => new(
        FoundKind.Webhook,
        webhook.DeliveryId,
        by,
        webhook.MerchantId.ToString(),
        webhook.Event,
        nameof(JobState.Queued).ToLowerInvariant());

    private sealed record Waiting(Guid DeliveryId, Guid MerchantId, string Event);
}
