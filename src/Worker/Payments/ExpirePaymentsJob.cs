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
/// the merchant's webhook. Small transactions, so that the gateway never waits long for a payment. The time is the database's: it decides
/// about money, and a worker's clock may be wrong. A payment that the database refuses to change, or that cannot be read, holds up no
/// other.
/// </summary>
public sealed class ExpirePaymentsJob(
    IDbContextFactory<GatewayDbContext> database,
    OutboxSignal outbox,
    ExpiryMetrics metrics,
    TimeProvider time,
    ILogger<ExpirePaymentsJob> logger)
    : IJob<ExpirePayments>
{
    /// <summary>The webhook's type.</summary>
    public const string Event = "payment.expired";

    internal const int BatchSize = 2_000;

    /// <summary>The job: every five minutes, after webhooks and before everything else.</summary>
    public static JobDefinition<ExpirePayments> Definition { get; } = new()
    {
        Type = "payment:expiry",
        Queue = "periodic",
        Weight = 4,
        Timeout = TimeSpan.FromMinutes(5),
        RetryDelays = "10s,40s,160s",
        Schedule = "payment-expiry",
        Cron = "*/5 * * * *",
        Verb = "expire-payments",
        Summary = "Expire the payments whose time has passed, now",
        AskAt = (time, _) => new ExpirePayments { RunAt = time },
        TickOf = message => message.RunAt,
    };

    /// <inheritdoc />
    public async Task<string> RunAsync(ExpirePayments message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var now = WholeMicroseconds(await db.ReadClockAsync(time, cancellationToken));
        var dueFrom = DateTime.UnixEpoch;
        var total = 0;
        var refused = new RefusedPayments();
        while (!refused.IsTooMany)
        {
            var due = new DuePayments(dueFrom, now, BatchSize, Except: refused.Ids);
            List<ExpiredPayment> expired;
            try
            {
                expired = await ExpireBatchAsync(db, due, cancellationToken);
            }
            catch (Exception refusal) when (RefusedPayments.CanCause(refusal))
            {
                total += await ExpireApartAsync(
                    db, due, await due.ReadIdsAsync(db, cancellationToken), refused, refusal, cancellationToken);
                continue;
            }

            total += expired.Count;
            if (expired.Count < BatchSize)
            {
                break;
            }

            // Not again through the index entries of those that have expired.
            dueFrom = DateTime.SpecifyKind(expired.Max(payment => payment.ExpiresAt), DateTimeKind.Utc);
        }

        List<NotExpired> left = [.. refused.Summarize()];
        if (!refused.IsTooMany)
        {
            left.AddRange(await NotExpired.ReadAsync(db, now, refused.Ids, cancellationToken));
        }

        metrics.Left(left);
        var described = NotExpired.Describe(left);
        return refused.IsTooMany
            ? throw new JobFailedException("refused", $"{refused.Count} payments cannot be expired, and others were not tried{described}")
            : string.Create(CultureInfo.InvariantCulture, $"payments expired: {total}{described}");
    }

    // As the database keeps it, so that the merchant is told the same instant.
    private static DateTime WholeMicroseconds(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    // Halves what was refused as a whole, until it is known whose fault it is.
    private async Task<int> ExpireApartAsync(
        GatewayDbContext db, DuePayments due, Guid[] ids, RefusedPayments refused, Exception refusal, CancellationToken cancellationToken)
    {
        if (ids is [var payment])
        {
            Log.Refused(logger, payment, refused.Add(payment, refusal));
            return 0;
        }

        var total = 0;
        foreach (var half in ids.Length == 0 ? [] : ids.Chunk((ids.Length + 1) / 2))
        {
            if (refused.IsTooMany)
            {
                break;
            }

            try
            {
                total += (await ExpireBatchAsync(db, due with { Only = half }, cancellationToken)).Count;
            }
            catch (Exception again) when (RefusedPayments.CanCause(again))
            {
                total += await ExpireApartAsync(db, due, half, refused, again, cancellationToken);
            }
        }

        return total;
    }

    private async Task<List<ExpiredPayment>> ExpireBatchAsync(GatewayDbContext db, DuePayments due, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.EndWhenAbandonedAsync(cancellationToken);
        var expired = await due.ExpireAsync(db, cancellationToken);
        await db.WriteOutboxAsync([.. expired.SelectMany(payment => MessagesOf(payment.InUtc()))], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (expired.Count > 0)
        {
            outbox.Set();
        }

        return expired;
    }

    // Each has an id of its own, which its row of the outbox keeps however often it is published: a payment that the gateway puts back to
    // pending, even with the same time, and that expires again, has expired twice.
    private static IEnumerable<OutboxMessage> MessagesOf(ExpiredPayment payment)
    {
        var (paymentId, merchantId) = (payment.PaymentId.ToString(), payment.MerchantId.ToString());
        yield return OutboxMessage.Create(
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
        yield return OutboxMessage.Create(webhook, webhook.DeliveryId, paymentId, mustArrive: true, payment.ExpiredAt);
    }
}
