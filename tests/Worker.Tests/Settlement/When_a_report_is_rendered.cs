using System.Text;
using System.Text.Json;
using Gateway.Worker.Settlement;
using Xunit;

namespace Gateway.Worker.Tests.Settlement;

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
        Assert.Contains("24,000.5 &#x20AB;", page, StringComparison.Ordinal);
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
