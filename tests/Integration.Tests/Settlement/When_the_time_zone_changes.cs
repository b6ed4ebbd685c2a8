using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Settlement;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary><c>BUSINESS_TIME_ZONE</c> is another one than that of the reports that are there.</summary>
public sealed class When_the_time_zone_changes(TestServers servers)
{
    private static readonly DateOnly Yesterday = SettlementDatabase.Yesterday;
    private static readonly DateTime Midnight = new(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc);

    // The day of the report, the one before it, which has none, and the one after it.
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Should_refuse_a_day_whose_edge_another_report_has_otherwise(int days)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await AddPaymentsAsync(database);
        await database.WriteAsync(Yesterday);
        database.Time.Advance(TimeSpan.FromDays(2));
        await using var elsewhere = database.With("BUSINESS_TIME_ZONE", "UTC");

        var byHand = await Assert.ThrowsAsync<ReportRefusedException>(() => elsewhere.WriteAsync(Yesterday.AddDays(days)));
        var job = await Assert.ThrowsAsync<JobFailedException>(() => elsewhere.RunAsync(Yesterday.AddDays(days)));

        Assert.Equal(("zone_changed", "zone_changed", true, byHand.Message), (byHand.Reason, job.Reason, job.IsFinal, job.Message));
        Assert.Equal(
            "The report of 2026-11-23 is of 2026-11-22 17:00:00Z to 2026-11-23 17:00:00Z (Asia/Ho_Chi_Minh), and with BUSINESS_TIME_ZONE=UTC that day is "
            + "2026-11-23 00:00:00Z to 2026-11-24 00:00:00Z: next to it hours would count twice or not at all. Nothing was written. "
            + "Set BUSINESS_TIME_ZONE=Asia/Ho_Chi_Minh again, or leave a day without a report where the zones meet",
            byHand.Message);
        Assert.Single(await database.ReadAsync(db => db.SettlementReports));
    }

    [Fact]
    public async Task Should_go_on_in_the_new_zone_after_a_day_without_a_report_and_correct_the_old_days_in_theirs()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await AddPaymentsAsync(database);
        await database.WriteAsync(Yesterday);
        database.Time.Advance(TimeSpan.FromDays(2));
        await using var elsewhere = database.With("BUSINESS_TIME_ZONE", "UTC");

        Assert.Equal(new DateTime(2026, 11, 25, 0, 0, 0, DateTimeKind.Utc), (await elsewhere.WriteAsync(Yesterday.AddDays(2))).From);
        await database.AddCompletedAsync(shop, Midnight, 200, 2);
        Assert.Equal(2, (await database.WriteAsync(Yesterday)).Generation);
    }

    private static async Task<Guid> AddPaymentsAsync(SettlementDatabase database)
    {
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight.AddDays(-5), 100, 1);
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        return shop;
    }
}
