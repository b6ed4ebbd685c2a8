using System.Globalization;
using System.Text;

namespace Gateway.Worker.Settlement;

/// <summary>The report as plain text.</summary>
internal static class ReportText
{
    /// <summary>Such as <c>1,234,567.50 ₫</c>.</summary>
    public static string Vnd(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"{amount:#,##0.00} ₫");

    /// <summary>With its sign, such as <c>+1,234,567.50 ₫</c>.</summary>
    public static string Change(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"{amount:+#,##0.00;-#,##0.00;0.00} ₫");

    public static string Count(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>With its sign, such as <c>-2</c>.</summary>
    public static string Change(long count) => count.ToString("+#,##0;-#,##0;0", CultureInfo.InvariantCulture);

    /// <summary>Up to 18 decimals, as many as there are.</summary>
    public static string Coins(decimal amount) => amount.ToString("#,##0.##################", CultureInfo.InvariantCulture);

    public static string Render(SettlementReport report)
    {
        var (text, totals) = (new StringBuilder(), report.Totals);
        text.AppendLine(
            CultureInfo.InvariantCulture, $"Settlement of {report.Date:yyyy-MM-dd} ({report.TimeZone}), generation {report.Generation}")
            .AppendLine();
        foreach (var (name, figure, _) in SettlementFigures.Named)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}: {Line(figure(totals))}");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Net revenue: {Vnd(totals.NetRevenueVnd)}");
        if (report.LeftOut.Count > 0)
        {
            text.AppendLine().AppendLine(LeftOut.Title);
            foreach (var rows in report.LeftOut)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"- {rows}");
            }
        }

        if (report.Correction is { } correction)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
                $"What has changed since generation {correction.Corrects} of {correction.CorrectedGeneratedAt:yyyy-MM-dd HH:mm} UTC:");
            Changes("All merchants", correction.Totals);
            foreach (var merchant in correction.Merchants)
            {
                Changes(merchant.Name, merchant.Change);
            }
        }

        return text.ToString();

        void Changes(string who, FiguresChange change)
        {
            foreach (var (name, was, now, difference) in change.Tallies)
            {
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"- {who}, {name}: was {Line(was)}; is {Line(now)}; "
                    + $"difference {Change(difference.Count)}, {Change(difference.AmountVnd)}, fees {Change(difference.FeeVnd)}");
            }
        }
    }

    private static string Line(Tally tally) => $"{Count(tally.Count)}, {Vnd(tally.AmountVnd)}, fees {Vnd(tally.FeeVnd)}";
}
