using Gateway.Contracts;
using Gateway.Testing.Servers;
using Gateway.Worker.Settlement;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>What trials found (docs/faults.md: D17).</summary>
public sealed class When_reported_figures_change(TestServers servers)
{
    private static readonly DateOnly Yesterday = SettlementDatabase.Yesterday;
    private static readonly DateTime Midnight = new(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_write_a_generation_that_tells_what_was_what_is_and_the_difference()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var (shop, bakery) = (await database.AddMerchantAsync("Shop"), await database.AddMerchantAsync("Bakery"));
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.AddCompletedAsync(bakery, Midnight, 50, 0.5m);
        await database.RunAsync();
        await database.AddCompletedAsync(shop, Midnight.AddDays(1).AddMicroseconds(-1), 200, 2.25m);

        Assert.Equal("corrected: 2026-11-23 (generation 2); mails: 0", await database.RunAsync());

        var report = await database.FindAsync(Yesterday);
        Assert.Equal((2, 1), (report.Generation, report.Correction!.Corrects));
        Assert.Equal((new Tally(2, 150, 1.5m), new Tally(3, 350, 3.75m)), (report.Correction.Totals.Was.PaymentsCompleted, report.Totals.PaymentsCompleted));
        var changed = Assert.Single(report.Correction.Merchants);
        Assert.Equal((shop, "Shop"), (changed.MerchantId, changed.Name));
        Assert.Equal(new Tally(1, 100, 1), changed.Change.Was.PaymentsCompleted);
        Assert.Equal(new Tally(2, 300, 3.25m), changed.Change.Is.PaymentsCompleted);
        Assert.Equal(new Tally(1, 200, 2.25m), changed.Change.Difference.PaymentsCompleted);
        Assert.Equal(2.25m, changed.Change.Difference.NetRevenueVnd);
        var before = await database.FindAsync(Yesterday, generation: 1);
        Assert.Null(before.Correction);
        Assert.Equal(new Tally(2, 150, 1.5m), before.Totals.PaymentsCompleted);
    }

    [Fact]
    public async Task Should_tell_merchants_that_came_and_went_also_when_the_totals_stay()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var (shop, bakery) = (await database.AddMerchantAsync("Shop"), await database.AddMerchantAsync("Bakery"));
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.WriteAsync(Yesterday);
        await database.ExecuteAsync("update payments set merchant_id = $1", bakery);

        var correction = (await database.WriteAsync(Yesterday)).Correction!;

        Assert.Equal(SettlementFigures.None, correction.Totals.Difference);
        Assert.Equal([(bakery, 1L), (shop, -1L)], correction.Merchants.Select(m => (m.MerchantId, m.Change.Difference.PaymentsCompleted.Count)));
    }

    [Fact]
    public async Task Should_correct_the_day_of_the_first_payment_although_that_is_deleted()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight.AddDays(-2), 100, 1);
        await database.RunAsync();
        await database.ExecuteAsync("update payments set deleted_at = now()");
        await database.AddCompletedAsync(shop, Midnight, 7, 0);

        Assert.Equal("corrected: 2026-11-21 (generation 2), 2026-11-23 (generation 2); mails: 0", await database.RunAsync());
        Assert.Equal("nothing changed: 2026-11-21 stays at generation 2; mails: 0", await database.RunAsync(new DateOnly(2026, 11, 21)));

        Assert.Empty((await database.FindAsync(new DateOnly(2026, 11, 21))).Merchants);
    }

    [Fact]
    public async Task Should_write_nothing_when_no_figure_changed_and_say_so()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Shop"), Midnight, 100, 1);
        var first = await database.WriteAsync(Yesterday);
        // No figure of the report.
        await database.ExecuteAsync("update merchants set business_name = 'Another name'");
        await database.ExecuteAsync("update payments set tx_confirmations = 99, updated_at = now() at time zone 'utc'");

        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 0", await database.RunAsync(Yesterday));

        Assert.Equal(first.GeneratedAt, (await database.FindAsync(Yesterday)).GeneratedAt);
        Assert.Single(await database.ReadAsync(db => db.OutboxMessages));
    }

    [Fact]
    public async Task Should_say_in_the_outbox_which_generation_it_is_and_whether_it_corrects()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.WriteAsync(Yesterday);
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.WriteAsync(Yesterday);

        var bodies = await database.ReadAsync(db => db.OutboxMessages.OrderBy(m => m.Position).Select(m => m.Body));
        var told = bodies.Select(body => System.Text.Json.JsonSerializer.Deserialize<SettlementReportGenerated>(body)!);
        Assert.Equal([(Yesterday, 1, false), (Yesterday, 2, true)], told.Select(m => (m.Date, m.Generation, m.IsCorrection)));
    }

    [Fact]
    public async Task Should_look_back_over_days_with_and_without_a_report_and_no_further()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight.AddDays(-20), 1, 0);
        foreach (var day in (int[])[16, 17, 19])
        {
            await database.WriteAsync(new DateOnly(2026, 11, day));
            await database.AddCompletedAsync(shop, Midnight.AddDays(day - 23), 10, 0);
        }

        Assert.Equal(
            "written: 2026-11-18, 2026-11-20, 2026-11-21, 2026-11-22, 2026-11-23; corrected: 2026-11-17 (generation 2), 2026-11-19 (generation 2); mails: 0",
            await database.RunAsync());
        Assert.Equal([1], await database.Reports.FindGenerationsAsync(new DateOnly(2026, 11, 16), Cancellation));
        await using var further = database.With("SETTLEMENT_LOOKBACK", "8d");
        Assert.Equal("corrected: 2026-11-16 (generation 2); mails: 0", await further.RunAsync());
    }

    [Fact]
    public async Task Should_correct_once_when_several_find_the_change_at_once()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.RunAsync();
        await database.AddCompletedAsync(shop, Midnight, 200, 2);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => database.RunAsync(), Cancellation)));

        Assert.Single(results, result => result.StartsWith("corrected: 2026-11-23 (generation 2)", StringComparison.Ordinal));
        Assert.Equal(7, results.Count(result => result.StartsWith("nothing changed: 2026-11-23 stays at generation 2", StringComparison.Ordinal)));
        Assert.Equal([1, 2], await database.Reports.FindGenerationsAsync(Yesterday, Cancellation));
    }

    // Payments, payouts, names and wallets of a report are of one moment.
    [Fact]
    public async Task Should_tell_a_day_that_changes_meanwhile_as_it_was_at_one_moment_and_correct_it_later()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await using var payouts = await database.HoldAsync("payouts");

        // It has read the payments, and not the payouts.
        var writing = database.WriteAsync(Yesterday);
        await database.WaitUntilAwaitedAsync("payouts");
        await database.AddCompletedAsync(shop, Midnight, 200, 2);
        await payouts.ExecuteAsync(
            $"""
            insert into payouts (id, merchant_id, amount_vnd, fee_vnd, net_amount_vnd, bank_account_name, bank_account_number, bank_name, status,
                requested_by, created_at, updated_at)
            values (gen_random_uuid(), '{shop}', 80, 8, 72, 'name', 'number', 'bank', 'requested', gen_random_uuid(), '2026-11-22 17:00', '2026-11-22 17:00')
            """);
        await payouts.ReleaseAsync();
        var report = await writing;

        Assert.Equal((new Tally(1, 100, 1), Tally.None), (report.Totals.PaymentsCompleted, report.Totals.PayoutsRequested));
        Assert.Equal("corrected: 2026-11-23 (generation 2); mails: 0", await database.RunAsync());
        var corrected = await database.FindAsync(Yesterday);
        Assert.Equal((new Tally(2, 300, 3), new Tally(1, 80, 8)), (corrected.Totals.PaymentsCompleted, corrected.Totals.PayoutsRequested));
    }

    [Fact]
    public async Task Should_read_the_days_of_the_look_back_once_and_by_the_indexes()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddMerchantAsync("Shop");
        // A year of payments, and the indexes of docs/settlement-report.md.
        await database.ExecuteAsync(
            """
            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
                destination_wallet, expires_at, confirmed_at, created_at, updated_at)
            select gen_random_uuid(), id, 1000, 1, 'USDT', 'bsc', 25400, statuses[1 + n % 3], 'reference ' || n, '0x0', at, at, at, at
            from merchants, generate_series(1, 36500) n, lateral (select timestamp '2026-11-24' - n * interval '864 s' as at) clock,
                (select array['completed', 'expired', 'failed'] as statuses) s
            """);
        await database.ExecuteAsync(
            """
            create index on payments (created_at);
            create index on payments (confirmed_at) where status = 'completed';
            create index on payments (expires_at) where status = 'expired';
            create index on payments (updated_at) where status = 'failed';
            analyze payments
            """);
        var edges = Enumerable.Range(-6, 8).Select(day => Midnight.AddDays(day)).ToArray();

        var plan = await database.ExplainAsync(
            FiguresOnPostgres.Payments
                .Replace("{0}", "$1", StringComparison.Ordinal)
                .Replace("{1}", "$2", StringComparison.Ordinal)
                .Replace("{2}", "$3", StringComparison.Ordinal),
            edges[0],
            edges[^1],
            edges);

        Assert.Single(plan, line => line.Contains("Scan on payments", StringComparison.Ordinal) && !line.Contains("Index Scan", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on payments", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_read_a_report_that_was_kept_before_there_were_generations()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.ExecuteAsync(
            """
            insert into settlement_reports (date, generation, generated_at, mailed_at, report) values ('2026-11-23', 3, now(), now(), $1::json)
            """,
            """
            {"date":"2026-11-23","time_zone":"Asia/Ho_Chi_Minh","from":"2026-11-22T17:00:00Z","to":"2026-11-23T17:00:00Z","generated_at":"2026-11-24T01:00:00Z",
             "totals":{"payments_completed":{"count":1,"amount_vnd":90.5,"fee_vnd":1},"net_revenue_vnd":1},
             "merchants":[{"merchant_id":"SHOP","name":"Shop","figures":{"payments_completed":{"count":1,"amount_vnd":90.5,"fee_vnd":1}}}],
             "wallets":[],"recent_days":[{"date":"2026-11-23","completed_vnd":90.5}]}
            """.Replace("SHOP", shop.ToString(), StringComparison.Ordinal));

        Assert.Equal("corrected: 2026-11-23 (generation 4); mails: 0", await database.RunAsync(Yesterday));

        var report = await database.FindAsync(Yesterday);
        Assert.Equal((3, 9.5m), (report.Correction!.Corrects, report.Correction.Totals.Difference.PaymentsCompleted.AmountVnd));
        Assert.Equal(new Tally(1, 90.5m, 1), (await database.FindAsync(Yesterday, generation: 3)).Totals.PaymentsCompleted);
    }
}
