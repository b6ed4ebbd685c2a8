using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Worker.Calendar;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>
/// The same figures in embedded mode. SQLite adds decimals up as floating point, so the rows are loaded: an embedded database is small.
/// </summary>
internal static class FiguresOnSqlite
{
    public static async Task<FiguresOfDays> ReadAsync(
        GatewayDbContext db, IReadOnlyList<BusinessDay> days, CancellationToken cancellationToken)
    {
        var figures = new Dictionary<DayAndMerchant, SettlementFigures>();
        var (unconfirmed, uncompleted) = (new List<Guid>(), new List<Guid>());
        void Add(Guid merchantId, bool isCounted, DateTime? time, SettlementFigures some)
        {
            if (isCounted && days.FirstOrDefault(day => time >= day.From && time < day.To) is { } day)
            {
                var key = new DayAndMerchant(day.Date, merchantId);
                figures[key] = figures.GetValueOrDefault(key, SettlementFigures.None) + some;
            }
        }

        await foreach (var payment in db.Payments.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var tally = new Tally(1, payment.AmountVnd, 0);
            var fee = payment.FeeVnd ?? Math.Round(payment.AmountVnd * payment.FeePercentage, 2, MidpointRounding.ToEven);
            var (id, status) = (payment.MerchantId, payment.Status);
            Add(id, true, payment.CreatedAt, new() { PaymentsCreated = tally });
            Add(id, status == PaymentStatus.Completed, payment.ConfirmedAt, new() { PaymentsCompleted = tally with { FeeVnd = fee } });
            Add(id, status == PaymentStatus.Expired, payment.ExpiresAt, new() { PaymentsExpired = tally });
            Add(id, status == PaymentStatus.Failed, payment.UpdatedAt, new() { PaymentsFailed = tally });
            if (status == PaymentStatus.Completed && payment.ConfirmedAt is null)
            {
                unconfirmed.Add(payment.Id);
            }
        }

        await foreach (var payout in db.Payouts.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var tally = new Tally(1, payout.AmountVnd, payout.FeeVnd);
            Add(payout.MerchantId, true, payout.CreatedAt, new() { PayoutsRequested = tally });
            Add(payout.MerchantId, payout.Status == PayoutStatus.Completed, payout.CompletionDate, new() { PayoutsCompleted = tally });
            if (payout is { Status: PayoutStatus.Completed, CompletionDate: null })
            {
                uncompleted.Add(payout.Id);
            }
        }

        return new FiguresOfDays(
            figures,
            [
                .. WithoutTime("payments", LeftOut.NoConfirmation, unconfirmed),
                .. WithoutTime("payouts", LeftOut.NoCompletion, uncompleted),
            ]);
    }

    private static IEnumerable<LeftOut> WithoutTime(string table, string column, List<Guid> ids) =>
        ids.Count == 0 ? [] : [new LeftOut(table, column, Date: null, ids.Count, [.. ids.Order().Take(LeftOut.MostNamed)])];
}
