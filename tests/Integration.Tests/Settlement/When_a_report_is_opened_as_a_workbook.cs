using System.Globalization;
using System.IO.Compression;
using System.Text;
using Gateway.Worker.Settlement;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>What trials found (docs/faults.md: D2).</summary>
public sealed class When_a_report_is_opened_as_a_workbook
{
    private const int MerchantColumn = 2;
    private const int CompletedColumn = 6;

    private static readonly string Emoji = string.Concat(Enumerable.Repeat("😀", 255));

    private static readonly string[] Names =
        ["=1+1", "=HYPERLINK(\"http://evil.example\")", "+1", "-1", "@sum", "1e5", "2026-01-31", Emoji, "a\uFFFEb\uFFFFc\u0001d", "_x0041_", "<b>&amp;</b>", "Phở 24"];

    // It takes LibreOffice seconds to open one, so that what it shows serves every test of the locale.
    private static readonly Dictionary<string, (SettlementReport Report, string[][] Shown)> Opened = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vi-VN", ".", ",")]
    [InlineData("de-DE", ".", ",")]
    [InlineData("en-US", ",", ".")]
    public async Task Should_add_up_in_every_locale(string locale, string thousands, string decimals)
    {
        var (report, shown) = await OpenAsync(locale);

        var culture = new NumberFormatInfo { NumberGroupSeparator = thousands, NumberDecimalSeparator = decimals };
        decimal Parsed(string text) => decimal.Parse(text, NumberStyles.Number, culture);
        var sums = shown[^1];
        Assert.Equal(report.Totals.PaymentsCompleted.AmountVnd, Parsed(sums[CompletedColumn]));
        Assert.Equal(report.Totals.PaymentsCompleted.FeeVnd, Parsed(sums[CompletedColumn + 1]));
        Assert.Equal(report.Totals.NetRevenueVnd, Parsed(sums[^1]));
        // As a person there writes it: with two decimals behind the locale's own mark.
        Assert.Equal(report.Totals.PaymentsCompleted.AmountVnd.ToString("N2", culture), sums[CompletedColumn]);
        // The dates are no text.
        Assert.Equal((report.Date.DayNumber - new DateOnly(1899, 12, 30).DayNumber) * Names.Length, Parsed(sums[0]));
    }

    [Fact]
    public async Task Should_show_every_name_as_it_is_and_compute_none()
    {
        var (_, shown) = await OpenAsync("vi-VN");
        var rows = shown[1..^1];

        // What no XML may hold is replaced, or left out below the blank; quotes come doubled out of this conversion.
        Assert.Equal(
            [.. Names.Select(name => name.Replace("a\uFFFEb\uFFFFc\u0001d", "a\uFFFDb\uFFFDc\uFFFDd", StringComparison.Ordinal))],
            rows.Select(row => row[MerchantColumn].Replace("\"\"", "\"", StringComparison.Ordinal)));
        Assert.All(rows, row => Assert.Equal("2026-11-23", row[0]));
    }

    /// <returns>A report, and the cells of its workbook as they are shown: a head, a row for each merchant, and their sums.</returns>
    private static async Task<(SettlementReport Report, string[][] Shown)> OpenAsync(string locale)
    {
        Assert.SkipUnless(LibreOffice.IsInstalled, "LibreOffice is not installed: tests/servers.sh install soffice=libreoffice-calc-nogui");
        if (!Opened.TryGetValue(locale, out var opened))
        {
            var report = Report();
            opened = (report, await LibreOffice.ShowAsync(WithSums(await ReportXlsx.RenderAsync([report], Cancellation), report.Merchants.Count), locale));
            Opened.Add(locale, opened);
        }

        return opened;
    }

    private static SettlementReport Report()
    {
        MerchantSettlement[] merchants =
        [
            .. Names.Select((name, number) => new MerchantSettlement(Guid.CreateVersion7(), name, new SettlementFigures
            {
                PaymentsCompleted = new Tally(number + 1, 12_345_678_901.25m * (number + 1), 650_000.01m + number),
                PayoutsCompleted = new Tally(1, 1_000, 0.5m),
            })),
        ];
        return new SettlementReport
        {
            Date = new DateOnly(2026, 11, 23),
            TimeZone = "Asia/Ho_Chi_Minh",
            From = new DateTime(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc),
            To = new DateTime(2026, 11, 23, 17, 0, 0, DateTimeKind.Utc),
            GeneratedAt = new DateTime(2026, 11, 24, 1, 0, 0, DateTimeKind.Utc),
            Totals = merchants.Aggregate(SettlementFigures.None, (sum, merchant) => sum + merchant.Figures),
            Merchants = merchants,
            Wallets = [],
            RecentDays = [],
        };
    }

    /// <summary>A row beneath, as somebody adds it who wants to check: the sum of each column, shown as an amount.</summary>
    private static byte[] WithSums(byte[] workbook, int rows)
    {
        using var bytes = new MemoryStream();
        bytes.Write(workbook);
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = archive.GetEntry("xl/worksheets/sheet1.xml")!;
            string sheet;
            using (var reader = new StreamReader(entry.Open(), Encoding.UTF8))
            {
                sheet = reader.ReadToEnd();
            }

            var style = sheet.Split("<c s=\"").Skip(1).Select(cell => cell[..cell.IndexOf('"', StringComparison.Ordinal)]).ToArray();
            var (amount, columns) = (style[^1], 19);
            var cells = string.Concat(Enumerable.Range(0, columns).Select(column =>
                $"<c s=\"{amount}\"><f>SUM({(char)('A' + column)}2:{(char)('A' + column)}{rows + 1})</f></c>"));
            entry.Delete();
            using var writer = new StreamWriter(archive.CreateEntry("xl/worksheets/sheet1.xml").Open(), new UTF8Encoding(false));
            writer.Write(sheet.Replace("</sheetData>", $"<row r=\"{rows + 2}\">{cells}</row></sheetData>", StringComparison.Ordinal));
        }

        return bytes.ToArray();
    }
}
