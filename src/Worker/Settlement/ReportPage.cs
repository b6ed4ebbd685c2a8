using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Gateway.Worker.Settlement;

/// <summary>The report as a page of its own: for a phone, a screen, paper and mail programs; no script, nothing from elsewhere.</summary>
internal static class ReportPage
{
    private const string Style =
        """
        :root { color-scheme: light; }
        body { margin: 0; background: #f4f5f7; color: #1d2733; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 860px; margin: 0 auto; padding: 24px 16px 40px; }
        h1 { margin: 0; font-size: 26px; line-height: 1.25; }
        h2 { margin: 32px 0 8px; font-size: 18px; }
        .when { margin: 4px 0 20px; color: #5b6875; font-size: 14px; }
        .key { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; }
        .key div { background: #fff; border: 1px solid #dfe3e8; border-radius: 10px; padding: 12px 14px; }
        .key b { display: block; font-size: 17px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .key span { color: #5b6875; font-size: 13px; }
        .scroll { overflow-x: auto; background: #fff; border: 1px solid #dfe3e8; border-radius: 10px; }
        table { width: 100%; border-collapse: collapse; font-size: 14px; }
        th, td { padding: 8px 12px; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums;
        """
        + """
         border-top: 1px solid #eceff2; }
        thead th { border-top: 0; color: #5b6875; font-weight: 600; }
        th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 9em; overflow-wrap: anywhere; }
        svg { display: block; width: 100%; max-width: 640px; height: auto; margin: 0 auto; }
        .changed { margin: 20px 0 8px; }
        .none { color: #5b6875; }
        @media (max-width: 480px) { table { font-size: 13px; } th, td { padding: 7px 8px; }
        """
        + """
         th:first-child, td:first-child { min-width: 6.5em; } }
        @media print { body { background: #fff; font-size: 12px; } main { max-width: none; padding: 0; } .scroll { overflow: visible; }
          table { font-size: 10px; } th, td { padding: 4px 6px; } tr, .key div, svg { break-inside: avoid; } h2 { break-after: avoid; }
        """
        + """
         thead { display: table-header-group; } }
        """;

    public static string Render(SettlementReport report)
    {
        var (page, totals) = (new StringBuilder(16 * 1024), report.Totals);
        Begin(page, string.Create(CultureInfo.InvariantCulture, $"Settlement of {report.Date:yyyy-MM-dd}"));
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <h1>Settlement of {report.Date:d MMMM yyyy}</h1>
            <p class="when">The business day in {Text(report.TimeZone)}: {report.From:yyyy-MM-dd HH:mm} to {report.To:yyyy-MM-dd HH:mm} UTC.
            """
            + $"""
             Written {report.GeneratedAt:yyyy-MM-dd HH:mm} UTC, generation {report.Generation}.</p>
            <div class="key">
            <div><span>Net revenue</span><b>{Vnd(totals.NetRevenueVnd)}</b></div>
            <div><span>Completed payments</span><b>{ReportText.Count(totals.PaymentsCompleted.Count)}</b></div>
            <div><span>Completed amount</span><b>{Vnd(totals.PaymentsCompleted.AmountVnd)}</b></div>
            <div><span>Paid out</span><b>{Vnd(totals.PayoutsCompleted.AmountVnd)}</b></div>
            </div>

            """);
        Incomplete(page, report.LeftOut);
        Correction(page, report.Correction);
        page.Append("<h2>Completed payments of seven days</h2>\n");
        Chart(page, report.RecentDays);
        page.Append(
            """
            <h2>The day</h2>
            <div class="scroll"><table>
            <thead><tr><th></th><th>Count</th><th>Amount</th><th>Fees</th></tr></thead>
            <tbody>

            """);
        foreach (var (name, figure, hasFee) in SettlementFigures.Named)
        {
            Line(page, name, figure(totals), hasFee);
        }

        page.Append("</tbody></table></div>\n");
        Merchants(page, report.Merchants);
        Wallets(page, report.Wallets);
        return End(page);
    }

    /// <summary>What one run has corrected, on one page.</summary>
    public static string RenderCorrections(IReadOnlyList<SettlementReport> reports)
    {
        var page = new StringBuilder(16 * 1024);
        var net = reports.Sum(report => report.Correction!.Totals.Difference.NetRevenueVnd);
        Begin(page, "Settlement corrected");
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <h1>Settlement corrected</h1>
            <p class="when">Figures of {reports.Count} business day{(reports.Count == 1 ? "" : "s")} in {Text(reports[0].TimeZone)}
            """
            + $"""
             have changed since they were reported. Found {reports[0].GeneratedAt:yyyy-MM-dd HH:mm} UTC.</p>
            <div class="key"><div><span>Net revenue</span><b>{Text(ReportText.Change(net))}</b></div></div>

            """);
        foreach (var report in reports)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{report.Date:d MMMM yyyy}, generation {report.Generation}</h2>\n");
            Incomplete(page, report.LeftOut);
            Correction(page, report.Correction);
        }

        return End(page);
    }

    private static void Begin(StringBuilder page, string title) => page.Append(
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <main>

        """);

    private static string End(StringBuilder page) => page.Append("</main>\n</body>\n</html>\n").ToString();

    private static void Incomplete(StringBuilder page, IReadOnlyList<LeftOut> leftOut)
    {
        if (leftOut.Count > 0)
        {
            page.Append($"<p class=\"changed\"><b>{Text(LeftOut.Title)}</b></p>\n<ul>\n");
            foreach (var rows in leftOut)
            {
                page.Append($"<li>{Text($"{rows}")}</li>\n");
            }

            page.Append("</ul>\n");
        }
    }

    // Each figure that differs: what came to it, what it was and what it is.
    private static void Correction(StringBuilder page, SettlementCorrection? correction)
    {
        if (correction is null)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture,
            $"""
            <p class="changed">What has changed since generation {correction.Corrects} of {correction.CorrectedGeneratedAt:yyyy-MM-dd HH:mm}
            """
            + $"""
             UTC: net revenue {Text(ReportText.Change(correction.Totals.Difference.NetRevenueVnd))}.</p>
            <div class="scroll"><table>
            <thead><tr><th></th><th>Difference</th><th>Was</th><th>Is</th></tr></thead>
            <tbody>

            """);
        Changes(page, "All merchants", correction.Totals);
        foreach (var merchant in correction.Merchants)
        {
            Changes(page, merchant.Name, merchant.Change);
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Changes(StringBuilder page, string who, FiguresChange change)
    {
        foreach (var (name, was, now, difference) in change.Tallies)
        {
            var hasFee = was.FeeVnd != 0 || now.FeeVnd != 0;
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(who)}<br><small>{name}{(hasFee ? ": count, amount, fees" : ": count, amount")}</small></td>");
            // First, because a phone shows two columns before it must be moved.
            Cell(ReportText.Change(difference.Count), ReportText.Change(difference.AmountVnd), ReportText.Change(difference.FeeVnd));
            Cell(ReportText.Count(was.Count), ReportText.Vnd(was.AmountVnd), ReportText.Vnd(was.FeeVnd));
            Cell(ReportText.Count(now.Count), ReportText.Vnd(now.AmountVnd), ReportText.Vnd(now.FeeVnd));
            page.Append("</tr>\n");

            void Cell(string count, string amount, string fee) =>
                page.Append($"<td>{Text(count)}<br>{Text(amount)}{(hasFee ? $"<br>{Text(fee)}" : "")}</td>");
        }
    }

    // Bars between y = 16 and 120; the amount stands above its bar in millions.
    private static void Chart(StringBuilder page, IReadOnlyList<RecentDay> days)
    {
        const int Width = 60;
        const int Floor = 120;
        const int Height = 100;
        var highest = Math.Max(1, days.Max(day => day.CompletedVnd ?? 0));
        page.Append(CultureInfo.InvariantCulture,
            $"<div class=\"scroll\"><svg viewBox=\"0 0 {days.Count * Width} 145\" role=\"img\" "
            + $"aria-label=\"Amount of completed payments in the last {days.Count} days\" "
            + $"font-size=\"11\" text-anchor=\"middle\" font-family=\"inherit\">\n");
        for (var number = 0; number < days.Count; number++)
        {
            var (day, middle) = (days[number], (number * Width) + (Width / 2));
            var height = Math.Round((day.CompletedVnd ?? 0) / highest * Height, 1);
            var label = day.CompletedVnd is { } amount
                ? (amount / 1_000_000).ToString("#,##0.##", CultureInfo.InvariantCulture) + " M"
                : "–";
            var colour = number == days.Count - 1 ? "#1f6feb" : "#a8c7f5";
            page.Append(CultureInfo.InvariantCulture,
                $"""
                <rect x="{middle - 20}" y="{Floor - height}" width="40" height="{height}" rx="3" fill="{colour}">
                """
                + $"""
                <title>{day.Date:yyyy-MM-dd}: {(day.CompletedVnd is null ? "no report" : Vnd(day.CompletedVnd.Value))}</title></rect>
                <text x="{middle}" y="{Floor - height - 5}" fill="#1d2733">{Text(label)}</text>
                <text x="{middle}" y="138" fill="#5b6875">{day.Date:d MMM}</text>

                """);
        }

        page.Append("</svg></div>\n");
    }

    private static void Line(StringBuilder page, string what, Tally tally, bool hasFee) => page.Append(CultureInfo.InvariantCulture,
        $"<tr><td>{what}</td><td>{ReportText.Count(tally.Count)}</td><td>{Vnd(tally.AmountVnd)}</td>"
        + $"<td>{(hasFee ? Vnd(tally.FeeVnd) : "")}</td></tr>\n");

    private static void Merchants(StringBuilder page, IReadOnlyList<MerchantSettlement> merchants)
    {
        page.Append("<h2>Merchants</h2>\n");
        if (merchants.Count == 0)
        {
            page.Append("<p class=\"none\">No merchant had a payment or a payout.</p>\n");
            return;
        }

        page.Append(
            """
            <div class="scroll"><table>
            <thead><tr><th>Merchant</th><th>Completed</th><th>Amount</th><th>Fees</th>
            """
            + """
            <th>Expired</th><th>Failed</th><th>Paid out</th><th>Net revenue</th></tr></thead>
            <tbody>

            """);
        foreach (var merchant in merchants)
        {
            var figures = merchant.Figures;
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(merchant.Name)}</td><td>{ReportText.Count(figures.PaymentsCompleted.Count)}</td>"
                + $"<td>{Vnd(figures.PaymentsCompleted.AmountVnd)}</td><td>{Vnd(figures.PaymentsCompleted.FeeVnd)}</td>"
                + $"<td>{ReportText.Count(figures.PaymentsExpired.Count)}</td><td>{ReportText.Count(figures.PaymentsFailed.Count)}</td>"
                + $"<td>{Vnd(figures.PayoutsCompleted.AmountVnd)}</td><td>{Vnd(figures.NetRevenueVnd)}</td></tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Wallets(StringBuilder page, IReadOnlyList<WalletAtDayEnd> wallets)
    {
        page.Append("<h2>Wallets at the end of the day</h2>\n");
        if (wallets.Count == 0)
        {
            page.Append("<p class=\"none\">Unknown: no wallet was read before the day ended.</p>\n");
            return;
        }

        page.Append(
            """
            <div class="scroll"><table>
            <thead><tr><th>Wallet</th><th>Coins</th><th>USDT</th><th>USDC</th><th>USD</th><th>Last read (UTC)</th></tr></thead>
            <tbody>

            """);
        foreach (var wallet in wallets)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(wallet.Chain)} {Text(wallet.Network)}<br><small>{Text(wallet.Address)}</small></td>"
                + $"<td>{Coins(wallet.NativeBalance)} {Text(wallet.NativeCurrency)}</td>"
                + $"<td>{Coins(wallet.Usdt)}</td><td>{Coins(wallet.Usdc)}</td><td>{Coins(wallet.TotalUsd)}</td>"
                + $"<td>{wallet.ReadAt:yyyy-MM-dd HH:mm}</td></tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static string Coins(decimal? amount) => amount is { } known ? ReportText.Coins(known) : "unknown";

    private static string Vnd(decimal amount) => Text(ReportText.Vnd(amount));

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
