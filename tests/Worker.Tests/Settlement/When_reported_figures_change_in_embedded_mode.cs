using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Tests.Persistence;
using Gateway.Worker.Calendar;
using Gateway.Worker.Settlement;
using Gateway.Worker.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Settlement;

public sealed class When_reported_figures_change_in_embedded_mode(SqliteDatabase database) : IClassFixture<SqliteDatabase>
{
    private static readonly DateOnly Yesterday = new(2026, 11, 23);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_correct_the_days_of_the_look_back_in_new_generations()
    {
        var merchant = Rows.Merchant();
        var early = Completed(merchant.Id, new DateTime(2026, 11, 21, 12, 0, 0, DateTimeKind.Utc));
        var late = Completed(merchant.Id, new DateTime(2026, 11, 23, 12, 0, 0, DateTimeKind.Utc));
        await database.AddAsync(merchant, early, late);
        var contexts = database.Get<IDbContextFactory<GatewayDbContext>>();
        var (time, zone) = (new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 1, 0, 0, TimeSpan.Zero)), new BusinessTime(TimeZoneInfo.Utc));
        var (writer, reports) = (new SettlementWriter(contexts, zone, new SettlementOptions(LookbackDays: 3), time), new SettlementReports(contexts));
        Assert.Equal("written: 2026-11-21, 2026-11-22, 2026-11-23", await RunAsync(writer));
        await using (var db = database.CreateContext())
        {
            await db.Payments.Where(p => p.Id == early.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(p => p.ConfirmedAt, new DateTime(2026, 11, 22, 0, 0, 0, DateTimeKind.Utc)), Cancellation);
        }

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => RunAsync(writer), Cancellation)));

        Assert.Single(results, "corrected: 2026-11-21 (generation 2), 2026-11-22 (generation 2)");
        Assert.Equal(3, results.Count(result => result == "nothing changed: 2026-11-23 stays at generation 1"));
        var period = await reports.ReadPeriodAsync(Yesterday.AddDays(-2), Yesterday, Cancellation);
        Assert.Equal([2, 2, 1], period.Days.Select(day => day.Generation));
        Assert.Equal(new Tally(2, 2_000m, 25m), period.Totals.PaymentsCompleted);
        Assert.Equal(1, (await reports.FindAsync(Yesterday.AddDays(-2), 1, Cancellation))!.Totals.PaymentsCompleted.Count);
    }

    [Fact]
    public async Task Should_name_those_that_are_completed_and_say_not_when()
    {
        await using var embedded = new SqliteDatabase();
        await embedded.InitializeAsync();
        var merchant = Rows.Merchant();
        var noon = new DateTime(2026, 11, 23, 12, 0, 0, DateTimeKind.Utc);
        var payment = Completed(merchant.Id, noon);
        await embedded.AddAsync(merchant, Completed(merchant.Id, noon), payment);
        await using (var db = embedded.CreateContext())
        {
            await db.Payments.Where(p => p.Id == payment.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(p => p.ConfirmedAt, (DateTime?)null), Cancellation);
        }

        var writer = new SettlementWriter(
            embedded.Get<IDbContextFactory<GatewayDbContext>>(),
            new BusinessTime(TimeZoneInfo.Utc),
            new SettlementOptions(LookbackDays: 1),
            new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 1, 0, 0, TimeSpan.Zero)));

        var report = (await writer.WriteAsync(Yesterday, Cancellation)).Asked;

        Assert.Equal($"payments, confirmed_at is null, day unknown: 1: {payment.Id}", $"{Assert.Single(report.LeftOut)}");
        Assert.Equal(1, report.Totals.PaymentsCompleted.Count);
    }

    private static async Task<string> RunAsync(SettlementWriter writer) =>
        $"{await writer.WriteAsync(await writer.FindSpanAsync(Yesterday, Cancellation), jobId: null, Cancellation)}";

    private static Payment Completed(Guid merchantId, DateTime at) => new()
    {
        Id = Guid.CreateVersion7(),
        MerchantId = merchantId,
        AmountVnd = 1_000m,
        AmountCrypto = 1,
        Currency = "USDT",
        Chain = "bsc",
        ExchangeRate = 25_400m,
        Status = PaymentStatus.Completed,
        PaymentReference = $"{Guid.CreateVersion7()}",
        DestinationWallet = "0x0",
        ExpiresAt = at,
        ConfirmedAt = at,
        FeeVnd = 12.5m,
        CreatedAt = at,
        UpdatedAt = at,
    };
}
