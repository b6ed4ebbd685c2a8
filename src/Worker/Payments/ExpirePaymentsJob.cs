using System.Globalization;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Jobs;
using Gateway.Worker.Outbox;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Gateway.Worker.Payments;

/// <summary>
/// Expires the payments that were not paid in time, and puts what follows from that into the outbox: <see cref="PaymentExpired"/> and
/// the merchant's webhook. Small transactions, so that the gateway never waits long for a payment. The time is the database's: it decides about
/// money, and a worker's clock may be wrong. A payment that the database refuses to change, or that cannot be read, holds up no other.
/// </summary>
public sealed class ExpirePaymentsJob(
    IDbContextFactory<GatewayDbContext> database, OutboxSignal outbox, ExpiryMetrics metrics, TimeProvider time, ILogger<ExpirePaymentsJob> logger)
    : IJob<ExpirePayments>
{
    /// <summary>The webhook's type.</summary>
    public const string Event = "payment.expired";

    internal const int BatchSize = 2_000;

    // More than that is no matter of single payments.
    internal const int MostRefused = 100;

    private const int MostNamed = 3;

    /// <inheritdoc />
    public async Task<string> RunAsync(ExpirePayments message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var now = WholeMicroseconds(await ReadClockAsync(db, cancellationToken));
        var dueFrom = DateTime.UnixEpoch;
        var total = 0;
        var refused = new Dictionary<Guid, string>();
        while (true)
        {
            var due = new DuePayments(dueFrom, now, BatchSize, Except: [.. refused.Keys]);
            List<ExpiredPayment> expired;
            try
            {
                expired = await ExpireBatchAsync(db, due, cancellationToken);
            }
            catch (Exception refusal) when (IsAboutPayments(refusal))
            {
                Guid[] ids = await ReadDueAsync(db, due, cancellationToken);
                total += await ExpireApartAsync(db, due, ids, refused, refusal, cancellationToken);
                continue;
            }

            total += expired.Count;
            if (expired.Count < BatchSize)
            {
                metrics.Refused(refused.Count);
                return string.Create(CultureInfo.InvariantCulture, $"payments expired: {total}") + NamesOf(refused);
            }

            // Not again through the index entries of those that have expired.
            dueFrom = DateTime.SpecifyKind(expired.Max(payment => payment.ExpiresAt), DateTimeKind.Utc);
        }
    }

    // As the database keeps it, so that the merchant is told the same instant.
    private static DateTime WholeMicroseconds(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    private async Task<DateTime> ReadClockAsync(GatewayDbContext db, CancellationToken cancellationToken) => db.Database.IsNpgsql()
        ? (await db.Database.SqlQuery<DateTimeOffset>($"""select clock_timestamp() as "Value" """).SingleAsync(cancellationToken)).UtcDateTime
        : time.GetUtcNow().UtcDateTime;

    // What a trigger, a constraint or a value of one row can cause. A database that is away, busy or read-only is another matter (PostgreSQL
    // manual, appendix A): then nothing can be expired, and the job is tried again.
    private static bool IsAboutPayments(Exception exception) => exception switch
    {
        PostgresException database => !database.IsTransient
            && database.SqlState is not (['0', '8', ..] or ['2', '5', ..] or ['4', '2', ..] or ['5', ..]),
        InvalidCastException or OverflowException or FormatException or ArgumentException => true,
        InvalidOperationException { InnerException: { } inner } => IsAboutPayments(inner),
        _ => false,
    };

    // Halves what was refused as a whole, until it is known whose fault it is.
    private async Task<int> ExpireApartAsync(
        GatewayDbContext db, DuePayments due, Guid[] ids, Dictionary<Guid, string> refused, Exception refusal, CancellationToken cancellationToken)
    {
        if (ids.Length == 0)
        {
            return 0;
        }

        if (ids is [var payment])
        {
            var reason = refusal is PostgresException { MessageText: var text } ? text : refusal.Message;
            Log.Refused(logger, payment, reason);
            refused[payment] = reason;
            return refused.Count < MostRefused
                ? 0
                : throw new JobFailedException("refused", $"The database refuses to expire {refused.Count} payments and may refuse more{NamesOf(refused)}", refusal);
        }

        var total = 0;
        foreach (var half in ids.Chunk((ids.Length + 1) / 2))
        {
            try
            {
                total += (await ExpireBatchAsync(db, due with { Only = half }, cancellationToken)).Count;
            }
            catch (Exception again) when (IsAboutPayments(again))
            {
                total += await ExpireApartAsync(db, due, half, refused, again, cancellationToken);
            }
        }

        return total;
    }

    private static string NamesOf(Dictionary<Guid, string> refused)
    {
        if (refused.Count == 0)
        {
            return "";
        }

        var named = string.Join("; ", refused.Take(MostNamed).Select(each => $"{each.Key} ({each.Value})"));
        return string.Create(CultureInfo.InvariantCulture, $", refused: {refused.Count}: {named}") + (refused.Count > MostNamed ? "; …" : "");
    }

    private async Task<List<ExpiredPayment>> ExpireBatchAsync(GatewayDbContext db, DuePayments due, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var expired = await db.Database.SqlQueryRaw<ExpiredPayment>(db.Database.IsNpgsql() ? ExpireOnPostgres : ExpireOnSqlite, Parameters(db, due))
            .ToListAsync(cancellationToken);
        await db.WriteOutboxAsync([.. expired.SelectMany(payment => MessagesOf(payment.InUtc()))], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (expired.Count > 0)
        {
            outbox.Set();
        }

        return expired;
    }

    private static async Task<Guid[]> ReadDueAsync(GatewayDbContext db, DuePayments due, CancellationToken cancellationToken) =>
        [.. await db.Database.SqlQueryRaw<Guid>(db.Database.IsNpgsql() ? DueOnPostgres : DueOnSqlite, Parameters(db, due)).ToListAsync(cancellationToken)];

    private static object[] Parameters(GatewayDbContext db, DuePayments due) => db.Database.IsNpgsql()
        ? [due.From, due.Until, due.Limit, due.Except, due.Only]
        : [due.From, due.Until, due.Limit, AsText(due.Except), AsText(due.Only)];

    // As SQLite keeps ids.
    private static string AsText(Guid[] ids) => JsonSerializer.Serialize(ids.Select(id => id.ToString().ToUpperInvariant()));

    private sealed record DuePayments(DateTime From, DateTime Until, int Limit, Guid[] Except)
    {
        /// <summary>Where there are any, these alone.</summary>
        public Guid[] Only { get; init; } = [];
    }

    private const string Columns =
        "payments.id as payment_id, merchant_id, payment_reference, order_id, status, amount_vnd, amount_crypto, currency, chain, created_at, expires_at, updated_at as expired_at";

    private const string DueOnPostgres =
        """
        select id as "Value" from payments
        where status in ('created', 'pending') and deleted_at is null
            and expires_at >= cast({0} as timestamptz) at time zone 'utc' and expires_at <= cast({1} as timestamptz) at time zone 'utc'
            and id <> all({3}) and (cardinality({4}) = 0 or id = any({4}))
        order by expires_at limit {2}
        """;

    // A payment that the gateway or another worker has in its hands is left out: it comes with the next tick, if it is still due then.
    // "for update" looks at the status again, as it is once the row is locked.
    private const string ExpireOnPostgres =
        $$"""
        with due as ({{DueOnPostgres}} for update skip locked)
        update payments set status = 'expired', updated_at = cast({1} as timestamptz) at time zone 'utc'
        from due where payments.id = due."Value"
        returning {{Columns}}
        """;

    private const string DueOnSqlite =
        """
        select id as "Value" from payments
        where status in ('created', 'pending') and deleted_at is null and expires_at >= {0} and expires_at <= {1}
            and id not in (select value from json_each({3})) and ({4} = '[]' or id in (select value from json_each({4})))
        order by expires_at limit {2}
        """;

    private const string ExpireOnSqlite =
        $$"""
        update payments set status = 'expired', updated_at = {1}
        where id in ({{DueOnSqlite}})
        returning {{Columns}}
        """;

    // Each has an id of its own, which its row of the outbox keeps however often it is published: a payment that the gateway puts back to
    // pending, even with the same time, and that expires again, has expired twice.
    private static IEnumerable<OutboxMessage> MessagesOf(ExpiredPayment payment)
    {
        var (paymentId, merchantId) = (payment.PaymentId.ToString(), payment.MerchantId.ToString());
        yield return OutboxMessage.Of(
            new PaymentExpired { PaymentId = payment.PaymentId, MerchantId = merchantId, ExpiredAt = payment.ExpiredAt },
            Guid.CreateVersion7(payment.ExpiredAt),
            paymentId,
            mustArrive: false,
            payment.ExpiredAt);

        var webhook = new DeliverWebhook
        {
            DeliveryId = Guid.CreateVersion7(payment.ExpiredAt),
            MerchantId = merchantId,
            Event = Event,
            Payload = JsonSerializer.SerializeToElement(payment),
            OccurredAt = payment.ExpiredAt,
        };
        yield return OutboxMessage.Of(webhook, webhook.DeliveryId, paymentId, mustArrive: true, payment.ExpiredAt);
    }
}
