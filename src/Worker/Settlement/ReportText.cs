using System.Globalization;
using System.Text;

namespace Gateway.Worker.Settlement;

/// <summary>The report as plain text.</summary>
internal static class ReportText
{
    /// <summary>Such as <c>1,234,567.50 ₫</c>; whole amounts without decimals.</summary>
    public static string Vnd(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"{amount:#,##0.##} ₫");

    public static string Count(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>Up to 18 decimals, as many as there are.</summary>
    public static string Coins(decimal amount) => amount.ToString("#,##0.##################", CultureInfo.InvariantCulture);

    public static string Render(SettlementReport report)
    {
        var (text, totals) = (new StringBuilder(), report.Totals);
        text.AppendLine(CultureInfo.InvariantCulture, $"Settlement of {report.Date:yyyy-MM-dd} ({report.TimeZone})").AppendLine();
        Line("Payments created", totals.PaymentsCreated);
        Line("Payments completed", totals.PaymentsCompleted);
        Line("Payments expired", totals.PaymentsExpired);
        Line("Payments failed", totals.PaymentsFailed);
        Line("Payouts requested", totals.PayoutsRequested);
        Line("Payouts completed", totals.PayoutsCompleted);
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Net revenue: {Vnd(totals.NetRevenueVnd)}");
        return text.ToString();

        void Line(string what, Tally tally) =>
            text.AppendLine(CultureInfo.InvariantCulture, $"{what}: {Count(tally.Count)}, {Vnd(tally.AmountVnd)}, fees {Vnd(tally.FeeVnd)}");
    }
}
