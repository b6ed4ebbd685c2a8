using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Gateway.Worker.Settlement;
using Xunit;

namespace Gateway.Worker.Tests.Settlement;

/// <summary>What trials found (docs/faults.md: D2, D3).</summary>
public class When_a_report_is_rendered
{
    private static readonly Guid MerchantId = Guid.Parse("01890000-0000-7000-8000-000000000001");

    private static readonly SettlementFigures Figures = new()
    {
        PaymentsCreated = new Tally(3, 3_000_000.25m, 0),
        PaymentsCompleted = new Tally(2, 2_000_000m, 20_000.5m),
        PaymentsExpired = new Tally(1, 1_000_000.25m, 0),
        PayoutsRequested = new Tally(1, 500_000m, 5_000m),
        PayoutsCompleted = new Tally(1, 400_000m, 4_000m),
    };

    [Fact]
    public void Should_let_no_name_become_a_part_of_the_page()
    {
        var page = ReportPage.Render(Report("""<script>alert("x")</script> & Söhne"""));

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; S", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_show_the_figures_on_a_page_that_needs_nothing_from_elsewhere()
    {
        var page = ReportPage.Render(Report("Phở 24"));

        Assert.Contains("<h1>Settlement of 23 November 2026</h1>", page, StringComparison.Ordinal);
        Assert.Contains("24,000.50 &#x20AB;", page, StringComparison.Ordinal);
        Assert.Contains("3,000,000.25 &#x20AB;", page, StringComparison.Ordinal);
        Assert.Contains("0.000000000000000001", page, StringComparison.Ordinal);
        Assert.Contains("no report", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Should_say_that_a_wallet_is_unknown_and_not_that_it_is_empty()
    {
        var page = ReportPage.Render(Report("Shop") with { Wallets = [] });

        Assert.Contains("Unknown: no wallet was read", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("=HYPERLINK(\"http://evil.example\")", "\"'=HYPERLINK(\"\"http://evil.example\"\")\"")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@sum", "'@sum")]
    [InlineData("\tcmd", "'\tcmd")]
    [InlineData("Shop, \"Ltd\"", "\"Shop, \"\"Ltd\"\"\"")]
    [InlineData("Phở 24", "Phở 24")]
    public void Should_write_names_that_a_spreadsheet_takes_for_text(string name, string cell)
    {
        var row = Rows(Report(name))[1];

        var fields = row[$"2026-11-23,{MerchantId},".Length..];
        Assert.True(
            fields.StartsWith($"{cell},3,", StringComparison.Ordinal) || fields.StartsWith($"\"{cell}\",3,", StringComparison.Ordinal), row);
    }

    [Fact]
    public void Should_begin_the_table_with_a_mark_by_which_spreadsheets_know_UTF8()
    {
        var bytes = ReportCsv.Render(Report("Shop"));

        Assert.Equal([0xEF, 0xBB, 0xBF], bytes[..3]);
        Assert.Equal(1, Encoding.UTF8.GetString(bytes).Count(character => character == '\uFEFF'));
    }

    [Fact]
    public void Should_end_the_table_with_all_merchants_together()
    {
        var rows = Rows(Report("Shop"));

        Assert.Equal(4, rows.Length);
        Assert.StartsWith("date,merchant_id,merchant,payments_created,", rows[0], StringComparison.Ordinal);
        Assert.Equal(
            "2026-11-23,,Total,3,3000000.25,2,2000000.00,20000.50,1,1000000.25,0,0.00,1,500000.00,5000.00,1,400000.00,4000.00,24000.50", rows[2]);
        Assert.Equal("", rows[3]);
        Assert.All(rows[..3], row => Assert.Equal(19, row.Split(',').Length));
    }

    [Fact]
    public void Should_survive_its_way_through_JSON_exactly()
    {
        var report = Report("Shop");

        var read = JsonSerializer.Deserialize<SettlementReport>(JsonSerializer.Serialize(report))!;

        Assert.Equal(JsonSerializer.Serialize(report), JsonSerializer.Serialize(read));
        Assert.Equal(report.Totals, read.Totals);
        Assert.Equal(24_000.5m, read.Totals.NetRevenueVnd);
    }

    // JavaScript and jq round a JSON number above 2^53.
    [Fact]
    public void Should_write_amounts_as_text_and_counts_as_numbers()
    {
        var report = Report("Shop") with { Totals = new SettlementFigures { PaymentsCompleted = new Tally(3, 9_007_199_254_740_993m, 650_000m) } };

        var json = JsonSerializer.SerializeToElement(report);

        var completed = json.GetProperty("totals").GetProperty("payments_completed");
        Assert.Equal("""{"count":3,"amount_vnd":"9007199254740993.00","fee_vnd":"650000.00"}""", completed.GetRawText());
        Assert.Equal("650000.00", json.GetProperty("totals").GetProperty("net_revenue_vnd").GetString());
        Assert.Equal("0.000000000000000001", json.GetProperty("wallets")[0].GetProperty("native_balance").GetString());
        Assert.Equal("1000.50", json.GetProperty("wallets")[0].GetProperty("usdt").GetString());
        Assert.Equal("2000000.00", json.GetProperty("recent_days")[1].GetProperty("completed_vnd").GetString());
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("\"1.50\"")]
    public void Should_read_amounts_as_they_are_and_as_they_were_kept(string amount) =>
        Assert.Equal(1.5m, JsonSerializer.Deserialize<Tally>($$"""{"count":1,"amount_vnd":{{amount}},"fee_vnd":0}""")!.AmountVnd);

    [Theory]
    [InlineData("\"1,5\"")]
    [InlineData("\"\"")]
    [InlineData("true")]
    public void Should_read_nothing_else_as_an_amount(string amount) =>
        Assert.ThrowsAny<Exception>(() => JsonSerializer.Deserialize<Tally>($$"""{"count":1,"amount_vnd":{{amount}},"fee_vnd":0}"""));

    [Fact]
    public void Should_show_what_a_correction_changes()
    {
        var corrected = Corrected("<i>Shop</i>");

        var (page, text) = (ReportPage.Render(corrected), ReportText.Render(corrected));

        Assert.Contains("generation 2", page, StringComparison.Ordinal);
        Assert.Contains("What has changed since generation 1 of 2026-11-24 01:00 UTC: net revenue &#x2B;9.50 &#x20AB;.", page, StringComparison.Ordinal);
        Assert.Contains("<td>&lt;i&gt;Shop&lt;/i&gt;<br><small>Payments completed: count, amount, fees</small></td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>2<br>2,000,000.00 &#x20AB;<br>20,000.50 &#x20AB;</td><td>1<br>1,500,000.00 &#x20AB;<br>20,010.00 &#x20AB;</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>-1<br>-500,000.00 &#x20AB;<br>&#x2B;9.50 &#x20AB;</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Payments expired: count", page, StringComparison.Ordinal);
        Assert.Contains(
            "- <i>Shop</i>, Payments completed: was 2, 2,000,000.00 ₫, fees 20,000.50 ₫; is 1, 1,500,000.00 ₫, fees 20,010.00 ₫; difference -1, -500,000.00 ₫, fees +9.50 ₫",
            text,
            StringComparison.Ordinal);
        Assert.DoesNotContain("What has changed", ReportPage.Render(Report("Shop")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_tell_the_changes_on_a_sheet_of_their_own()
    {
        var workbook = await ReportXlsx.RenderAsync([Report("Another day"), Corrected("Shop")], TestContext.Current.CancellationToken);

        using var archive = new ZipArchive(new MemoryStream(workbook));
        Assert.Equal(["Merchants", "Totals", "Changes"], Xml("xl/workbook.xml").Descendants().Where(e => e.Name.LocalName == "sheet").Select(e => e.Attribute("name")!.Value));
        var rows = Xml("xl/worksheets/sheet3.xml").Descendants().Where(e => e.Name.LocalName == "row").ToArray();
        Assert.Equal(
            ["46349", "2", $"{MerchantId}", "Shop", "Payments completed", "2", "1", "-1", "2000000", "1500000", "-500000", "20000.5", "20010", "9.5"],
            Assert.Single(rows[1..]).Elements().Select(cell => cell.Value));

        XDocument Xml(string name)
        {
            using var entry = archive.GetEntry(name)!.Open();
            return XDocument.Load(entry);
        }
    }

    private static SettlementReport Corrected(string name)
    {
        var figures = Figures with { PaymentsCompleted = new Tally(1, 1_500_000m, 20_010m) };
        var report = Report(name) with { Generation = 2, Totals = figures, Merchants = [new MerchantSettlement(MerchantId, name, figures)] };
        return report with { Correction = SettlementCorrection.Between(Report(name), report) };
    }

    private static string[] Rows(SettlementReport report) => Encoding.UTF8.GetString(ReportCsv.Render(report)).TrimStart('\uFEFF').Split("\r\n");

    private static SettlementReport Report(string name) => new()
    {
        Date = new DateOnly(2026, 11, 23),
        TimeZone = "Asia/Ho_Chi_Minh",
        From = new DateTime(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc),
        To = new DateTime(2026, 11, 23, 17, 0, 0, DateTimeKind.Utc),
        GeneratedAt = new DateTime(2026, 11, 24, 1, 0, 0, DateTimeKind.Utc),
        Totals = Figures,
        Merchants = [new MerchantSettlement(MerchantId, name, Figures)],
        Wallets = [new WalletAtDayEnd("bsc", "mainnet", "0x0", 0.000000000000000001m, "BNB", 1_000.5m, 0m, 1_000.5m, new DateTime(2026, 11, 23, 16, 55, 0, DateTimeKind.Utc))],
        RecentDays = [new RecentDay(new DateOnly(2026, 11, 22), null), new RecentDay(new DateOnly(2026, 11, 23), 2_000_000m)],
    };
}
