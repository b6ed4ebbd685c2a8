using System.Text;
using System.Xml;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Gateway.Worker.Settlement;

/// <summary>
/// Reports as a workbook (ECMA-376), whose numbers and dates are numbers and dates in every locale: a row for each day and merchant, the
/// totals, what has changed and what is left out. The sum of a column of the first sheet is the total. Text is text, whatever a merchant
/// calls itself.
/// </summary>
internal static class ReportXlsx
{
    public const string MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private static readonly string[] TotalsHeader = ["date", "generation", "figure", "count", "amount_vnd", "fee_vnd"];

    private static readonly string[] LeftOutHeader = ["date", "generation", "table", "column", "count", "ids"];

    private static readonly string[] ChangesHeader =
    [
        "date", "generation", "merchant_id", "merchant", "figure", "was_count", "is_count", "difference_count",
        "was_vnd", "is_vnd", "difference_vnd", "was_fee_vnd", "is_fee_vnd", "difference_fee_vnd",
    ];

    /// <param name="reports">One, or several of different days.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<byte[]> RenderAsync(IReadOnlyList<SettlementReport> reports, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var options = new SpreadCheetahOptions { PreserveStringWhitespace = true };
        await using (var book = await Spreadsheet.CreateNewAsync(bytes, options, cancellationToken))
        {
            var sheets = new Sheets(book, cancellationToken);
            await WriteMerchantsAsync(sheets, reports);
            await WriteTotalsAsync(sheets, reports);
            await WriteChangesAsync(sheets, reports);
            await WriteLeftOutAsync(sheets, reports);
            await book.FinishAsync(cancellationToken);
        }

        return bytes.ToArray();
    }

    private static async Task WriteMerchantsAsync(Sheets sheets, IReadOnlyList<SettlementReport> reports)
    {
        await sheets.StartAsync("Merchants", ReportCsv.Header, widths: [12, 38, 30]);
        foreach (var report in reports)
        {
            foreach (var merchant in report.Merchants)
            {
                List<Cell> row = [sheets.Date(report.Date), Text($"{merchant.MerchantId}"), Text(merchant.Name)];
                foreach (var (_, figure, hasFee) in SettlementFigures.Named)
                {
                    var tally = figure(merchant.Figures);
                    row.Add(sheets.Count(tally.Count));
                    row.Add(sheets.Amount(tally.AmountVnd));
                    if (hasFee)
                    {
                        row.Add(sheets.Amount(tally.FeeVnd));
                    }
                }

                row.Add(sheets.Amount(merchant.Figures.NetRevenueVnd));
                await sheets.AddAsync(row);
            }
        }
    }

    private static async Task WriteTotalsAsync(Sheets sheets, IReadOnlyList<SettlementReport> reports)
    {
        await sheets.StartAsync("Totals", TotalsHeader, widths: [12, 12, 24]);
        foreach (var report in reports)
        {
            foreach (var (name, figure, hasFee) in SettlementFigures.Named)
            {
                var tally = figure(report.Totals);
                await sheets.AddAsync(
                [
                    sheets.Date(report.Date), sheets.Count(report.Generation), Text(name),
                    sheets.Count(tally.Count), sheets.Amount(tally.AmountVnd), hasFee ? sheets.Amount(tally.FeeVnd) : Nothing,
                ]);
            }

            await sheets.AddAsync(
            [
                sheets.Date(report.Date), sheets.Count(report.Generation), Text("Net revenue"), Nothing, Nothing,
                sheets.Amount(report.Totals.NetRevenueVnd),
            ]);
        }
    }

    private static async Task WriteChangesAsync(Sheets sheets, IReadOnlyList<SettlementReport> reports)
    {
        if (reports.All(report => report.Correction is null))
        {
            return;
        }

        await sheets.StartAsync("Changes", ChangesHeader, widths: [12, 12, 38, 30, 24]);
        foreach (var report in reports)
        {
            foreach (var merchant in report.Correction?.Merchants ?? [])
            {
                foreach (var (name, was, now, difference) in merchant.Change.Tallies)
                {
                    await sheets.AddAsync(
                    [
                        sheets.Date(report.Date), sheets.Count(report.Generation),
                        Text($"{merchant.MerchantId}"), Text(merchant.Name), Text(name),
                        sheets.Count(was.Count), sheets.Count(now.Count), sheets.Count(difference.Count),
                        sheets.Amount(was.AmountVnd), sheets.Amount(now.AmountVnd), sheets.Amount(difference.AmountVnd),
                        sheets.Amount(was.FeeVnd), sheets.Amount(now.FeeVnd), sheets.Amount(difference.FeeVnd),
                    ]);
                }
            }
        }
    }

    private static async Task WriteLeftOutAsync(Sheets sheets, IReadOnlyList<SettlementReport> reports)
    {
        if (reports.All(report => report.LeftOut.Count == 0))
        {
            return;
        }

        await sheets.StartAsync("Left out", LeftOutHeader, widths: [12, 12, 12, 18, 12, 38]);
        foreach (var report in reports)
        {
            foreach (var rows in report.LeftOut)
            {
                await sheets.AddAsync(
                [
                    sheets.Date(report.Date), sheets.Count(report.Generation), Text(rows.Table), Text(rows.Column),
                    sheets.Count(rows.Count), Text(string.Join(" ", rows.Ids)),
                ]);
            }
        }
    }

    private static Cell Nothing => new((string?)null);

    // The library writes text as text, never as a formula, but some characters that no XML may hold as they are (XML 1.0, section 2.2): a
    // program that meets one reads nothing of what comes after it.
    private static Cell Text(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
            {
                clean.Append(text[at]).Append(text[++at]);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[at]) ? text[at] : '\uFFFD');
            }
        }

        return new Cell(clean.ToString());
    }

    /// <summary>A workbook, sheet after sheet.</summary>
    private sealed class Sheets(Spreadsheet book, CancellationToken cancellationToken)
    {
        private readonly StyleId _amount = book.AddStyle(new Style { Format = NumberFormat.Custom("#,##0.00") });
        private readonly StyleId _count = book.AddStyle(new Style { Format = NumberFormat.Custom("#,##0") });
        private readonly StyleId _date = book.AddStyle(new Style { Format = NumberFormat.Custom("yyyy\\-mm\\-dd") });
        private readonly StyleId _header = book.AddStyle(new Style { Font = { Bold = true } });

        public async Task StartAsync(string name, IReadOnlyList<string> header, IReadOnlyList<double> widths)
        {
            var options = new WorksheetOptions { FrozenRows = 1, DefaultColumnWidth = 18 };
            for (var column = 0; column < widths.Count; column++)
            {
                options.Column(column + 1).Width = widths[column];
            }

            await book.StartWorksheetAsync(name, options, cancellationToken);
            await AddAsync([.. header.Select(title => new Cell(title, _header))]);
        }

        public Cell Date(DateOnly date) => new(date.ToDateTime(TimeOnly.MinValue), _date);

        public Cell Count(long count) => new(count, _count);

        public Cell Amount(decimal amount) => new(amount, _amount);

        public ValueTask AddAsync(IList<Cell> row) => book.AddRowAsync(row, cancellationToken);
    }
}
