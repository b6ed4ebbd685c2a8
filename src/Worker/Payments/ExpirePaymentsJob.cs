using System.Globalization;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Jobs;
using Gateway.Worker.Outbox;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Payments;

/// <summary>
/// Expires the payments that were not paid in time, and puts what follows from that into the outbox: <see cref="PaymentExpired"/> and
/// the merchant's webhook. Small transactions, so that the gateway never waits long for a payment.
/// </summary>
public sealed class ExpirePaymentsJob(IDbContextFactory<GatewayDbContext> database, OutboxSignal outbox, TimeProvider time) : IJob<ExpirePayments>
{
    /// <summary>The webhook's type.</summary>
    public const string Event = "payment.expired";

    internal const int BatchSize = 2_000;

    /// <inheritdoc />
    public async Task<string> RunAsync(ExpirePayments message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var now = WholeMicroseconds(time.GetUtcNow().UtcDateTime);
        var dueFrom = DateTime.UnixEpoch;
        var total = 0;
        while (true)
        {
            var expired = await ExpireBatchAsync(db, dueFrom, now, cancellationToken);
            total += expired.Count;
            if (expired.Count < BatchSize)
            {
                return string.Create(CultureInfo.InvariantCulture, $"payments expired: {total}");
            }

            // Not again through the index entries of those that have expired.
            dueFrom = DateTime.SpecifyKind(expired.Max(payment => payment.ExpiresAt), DateTimeKind.Utc);
        }
    }

    // As the database keeps it, so that the merchant is told the same instant.
    private static DateTime WholeMicroseconds(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    private async Task<List<ExpiredPayment>> ExpireBatchAsync(GatewayDbContext db, DateTime dueFrom, DateTime now, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var expired = await db.Database.SqlQueryRaw<ExpiredPayment>(db.Database.IsNpgsql() ? ExpireOnPostgres : ExpireOnSqlite, dueFrom, now, BatchSize)
            .ToListAsync(cancellationToken);
        await db.WriteOutboxAsync([.. expired.SelectMany(payment => MessagesOf(payment.InUtc()))], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (expired.Count > 0)
        {
            outbox.Set();
        }

        return expired;
    }

    private const string Columns =
        "payments.id as payment_id, merchant_id, payment_reference, order_id, status, amount_vnd, amount_crypto, currency, chain, created_at, expires_at, updated_at as expired_at";

    // A payment that the gateway or another worker has in its hands is left out: it comes with the next tick, if it is still due then.
    // "for update" looks at the status again, as it is once the row is locked.
    private const string ExpireOnPostgres =
        $$"""
        with due as (
            select id from payments
            where status in ('created', 'pending') and deleted_at is null
                and expires_at >= cast({0} as timestamptz) at time zone 'utc' and expires_at <= cast({1} as timestamptz) at time zone 'utc'
            order by expires_at limit {2} for update skip locked)
        update payments set status = 'expired', updated_at = cast({1} as timestamptz) at time zone 'utc'
        from due where payments.id = due.id
        returning {{Columns}}
        """;

    private const string ExpireOnSqlite =
        $$"""
        update payments set status = 'expired', updated_at = {1}
        where id in (
            select id from payments
            where status in ('created', 'pending') and deleted_at is null and expires_at >= {0} and expires_at <= {1}
            order by expires_at limit {2})
        returning {{Columns}}
        """;

    /// <summary>The webhook's id.</summary>
    internal static Guid DeliveryIdOf(Guid paymentId, DateTime expiresAt) => JobId.Named($"webhook {NameOf(paymentId, expiresAt)}");

    private static string NameOf(Guid paymentId, DateTime expiresAt) => string.Create(CultureInfo.InvariantCulture, $"{Event} {paymentId} {expiresAt:O}");

    // Ids that the same expiry always has: what is published twice is seen to be the same. A payment that the gateway gives a new
    // time, and that expires again, is another expiry.
    private static IEnumerable<OutboxMessage> MessagesOf(ExpiredPayment payment)
    {
        var (paymentId, merchantId) = (payment.PaymentId.ToString(), payment.MerchantId.ToString());
        yield return OutboxMessage.Of(
            new PaymentExpired { PaymentId = payment.PaymentId, MerchantId = merchantId, ExpiredAt = payment.ExpiredAt },
            JobId.Named($"event {NameOf(payment.PaymentId, payment.ExpiresAt)}"),
            paymentId,
            mustArrive: false,
            payment.ExpiredAt);

        var webhook = new DeliverWebhook
        {
            DeliveryId = DeliveryIdOf(payment.PaymentId, payment.ExpiresAt),
            MerchantId = merchantId,
            Event = Event,
            Payload = JsonSerializer.SerializeToElement(payment),
            OccurredAt = payment.ExpiredAt,
        };
        yield return OutboxMessage.Of(webhook, webhook.DeliveryId, paymentId, mustArrive: true, payment.ExpiredAt);
    }
}
