using Gateway.Persistence;
using Gateway.Worker.Configuration;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>
/// The same figures in embedded mode. SQLite adds decimals up as floating point, so the rows are loaded: an embedded database is small.
/// </summary>
internal static class FiguresOnSqlite
{
    public static async Task<Dictionary<Guid, SettlementFigures>> ReadAsync(GatewayDbContext db, BusinessDay day, CancellationToken cancellationToken)
    {
        bool IsIn(DateTime? time) => time >= day.From && time < day.To;
        var figures = new Dictionary<Guid, SettlementFigures>();
        void Add(Guid merchantId, bool isCounted, SettlementFigures some)
        {
            if (isCounted)
            {
                figures[merchantId] = figures.GetValueOrDefault(merchantId, SettlementFigures.None) + some;
            }
        }

        await foreach (var payment in db.Payments.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var tally = new Tally(1, payment.AmountVnd, 0);
            var fee = payment.FeeVnd ?? Math.Round(payment.AmountVnd * payment.FeePercentage, 2, MidpointRounding.ToEven);
            var (id, status) = (payment.MerchantId, payment.Status);
            Add(id, IsIn(payment.CreatedAt), new() { PaymentsCreated = tally });
            Add(id, status == PaymentStatus.Completed && IsIn(payment.ConfirmedAt), new() { PaymentsCompleted = tally with { FeeVnd = fee } });
            Add(id, status == PaymentStatus.Expired && IsIn(payment.ExpiresAt), new() { PaymentsExpired = tally });
            Add(id, status == PaymentStatus.Failed && IsIn(payment.UpdatedAt), new() { PaymentsFailed = tally });
        }

        await foreach (var payout in db.Payouts.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var tally = new Tally(1, payout.AmountVnd, payout.FeeVnd);
            Add(payout.MerchantId, IsIn(payout.CreatedAt), new() { PayoutsRequested = tally });
            Add(payout.MerchantId, payout.Status == PayoutStatus.Completed && IsIn(payout.CompletionDate), new() { PayoutsCompleted = tally });
        }

        return figures;
    }
}
