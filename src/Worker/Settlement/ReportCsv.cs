using CsvHelper;

namespace Gateway.Worker.Settlement;

/// <summary>
/// The report as a table for spreadsheets (RFC 4180): a row for each merchant, then one for all. It begins with a byte order mark, by
/// which spreadsheets know UTF-8, and no cell is a formula, whatever a merchant calls itself.
/// </summary>
internal static class ReportCsv
{
    private static readonly CsvWriterOptions Options =
        CsvWriterOptions.Default with { Injection = CsvInjection.Escape, WriteByteOrderMark = true };

    private const string Amount = "0.00";

    /// <summary>The names of the columns.</summary>
    public static readonly string[] Header =
    [
        "date", "merchant_id", "merchant",
        "payments_created", "payments_created_vnd",
        "payments_completed", "payments_completed_vnd", "payments_completed_fee_vnd",
        "payments_expired", "payments_expired_vnd",
        "payments_failed", "payments_failed_vnd",
        "payouts_requested", "payouts_requested_vnd", "payouts_requested_fee_vnd",
        "payouts_completed", "payouts_completed_vnd", "payouts_completed_fee_vnd",
        "net_revenue_vnd",
    ];

    public static byte[] Render(SettlementReport report)
    {
        using var bytes = new MemoryStream();
        using (var csv = CsvWriter.Create(bytes, Options, leaveOpen: true))
        {
            csv.WriteHeader(Header);
            foreach (var merchant in report.Merchants)
            {
                WriteRow(csv, report.Date, merchant.MerchantId.ToString(), merchant.Name, merchant.Figures);
            }

            WriteRow(csv, report.Date, "", "Total", report.Totals);
        }

        return bytes.ToArray();
    }

    private static void WriteRow(CsvWriter csv, DateOnly date, string merchantId, string name, SettlementFigures figures)
    {
        csv.WriteField(date);
        csv.WriteField(merchantId);
        csv.WriteField(name);
        foreach (var (_, figure, hasFee) in SettlementFigures.Named)
        {
            var tally = figure(figures);
            csv.WriteField(tally.Count);
            csv.WriteField(tally.AmountVnd, Amount);
            if (hasFee)
            {
                csv.WriteField(tally.FeeVnd, Amount);
            }
        }

        csv.WriteField(figures.NetRevenueVnd, Amount);
        csv.EndRecord();
    }
}
