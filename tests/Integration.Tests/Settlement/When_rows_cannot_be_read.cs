using Gateway.Testing.Servers;
using Gateway.Worker.Settlement;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

public sealed class When_rows_cannot_be_read(TestServers servers)
{
    private static readonly DateOnly Yesterday = SettlementDatabase.Yesterday;
    private static readonly DateTime Midnight = new(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("amount_vnd = 'NaN'", "amount_vnd")]
    [InlineData("fee_vnd = 'NaN'", "fee_vnd")]
    [InlineData("fee_vnd = null, fee_percentage = 'NaN'", "fee_vnd")]
    [InlineData("amount_vnd = 'Infinity'", "amount_vnd")]
    [InlineData("amount_vnd = 1e40", "amount_vnd")]
    public async Task Should_report_the_others_and_name_those_whose_numbers_are_none(string fault, string column)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.ExecuteAsync("alter table payments alter column amount_vnd type numeric, alter column fee_vnd type numeric");
        var (shop, bakery) = (await database.AddMerchantAsync("Shop"), await database.AddMerchantAsync("Bakery"));
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await database.AddCompletedAsync(shop, Midnight.AddHours(1), 200, 2);
        await database.AddCompletedAsync(bakery, Midnight.AddDays(-1), 50, 0.5m);
        var broken = (Guid)(await database.QueryAsync("select id from payments where amount_vnd = 200"))[0];
        await database.ExecuteAsync($"update payments set {fault} where id = $1", broken);

        var told = await database.RunAsync();

        var leftOut = $"payments, {column}, 2026-11-23: 1: {broken}";
        Assert.Equal($"written: 2026-11-22, 2026-11-23; mails: 0; left out, because they cannot be read: {leftOut}", told);
        var report = await database.FindAsync(Yesterday);
        Assert.Equal(new Tally(1, 100, 1), report.Totals.PaymentsCompleted);
        Assert.Equal(leftOut, $"{Assert.Single(report.LeftOut)}");
        var dayBefore = await database.FindAsync(Yesterday.AddDays(-1));
        Assert.Equal(new Tally(1, 50, 0.5m), dayBefore.Totals.PaymentsCompleted);
        Assert.Empty(dayBefore.LeftOut);

        await database.ExecuteAsync("update payments set amount_vnd = 200, fee_vnd = 2, fee_percentage = 0.01 where id = $1", broken);

        Assert.Equal("corrected: 2026-11-23 (generation 2); mails: 0", await database.RunAsync());
        report = await database.FindAsync(Yesterday);
        Assert.Equal(new Tally(2, 300, 3), report.Totals.PaymentsCompleted);
        Assert.Empty(report.LeftOut);
    }

    [Theory]
    [InlineData("payments", "created_at = '0044-03-15 BC'", "created_at")]
    [InlineData("payments", "created_at = '-infinity'", "created_at")]
    [InlineData("payments", "created_at = 'infinity'", "created_at")]
    [InlineData("payments", "created_at = '12026-11-23'", "created_at")]
    [InlineData("payments", "confirmed_at = '0044-03-15 BC'", "confirmed_at")]
    [InlineData("payments", "confirmed_at = null", "confirmed_at is null")]
    [InlineData("payments", "status = 'expired', expires_at = 'infinity'", "expires_at")]
    [InlineData("payments", "status = 'failed', updated_at = '-infinity'", "updated_at")]
    [InlineData("payouts", "created_at = '-infinity'", "created_at")]
    [InlineData("payouts", "completion_date = 'infinity'", "completion_date")]
    [InlineData("payouts", "completion_date = null", "completion_date is null")]
    public async Task Should_report_the_others_and_name_those_whose_day_nobody_can_tell(string table, string fault, string column)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await AddPayoutAsync(database, shop);
        await database.AddCompletedAsync(shop, Midnight.AddHours(1), 200, 2);
        var broken = (Guid)(await database.QueryAsync($"select id from {table} where amount_vnd = 200"))[0];
        await database.ExecuteAsync($"create table kept as select * from {table} where id = $1", broken);
        await database.ExecuteAsync($"update {table} set {fault} where id = $1", broken);

        var told = await database.RunAsync();

        Assert.Equal($"written: 2026-11-23; mails: 0; left out, because they cannot be read: {table}, {column}, day unknown: 1: {broken}", told);
        var report = await database.FindAsync(Yesterday);
        Assert.Equal((null, 1), (Assert.Single(report.LeftOut).Date, report.LeftOut[0].Count));
        await database.ExecuteAsync($"delete from {table} where id = $1", broken);
        await database.ExecuteAsync($"insert into {table} select * from kept");

        Assert.Equal("corrected: 2026-11-23 (generation 2); mails: 0", await database.RunAsync());
        report = await database.FindAsync(Yesterday);
        Assert.Empty(report.LeftOut);
        Assert.Equal((2L, 300m, 1L), (report.Totals.PaymentsCompleted.Count, report.Totals.PaymentsCreated.AmountVnd, report.Totals.PayoutsCompleted.Count));
    }

    // Only who is completed has such a time.
    [Fact]
    public async Task Should_not_name_those_that_have_no_time_because_they_are_not_completed()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        foreach (var status in new[] { "created", "pending", "expired", "failed" })
        {
            await database.AddCompletedAsync(shop, Midnight, 100, 1);
            await database.ExecuteAsync($"update payments set status = '{status}', confirmed_at = null where status = 'completed'");
        }

        await AddPayoutAsync(database, shop);
        await database.ExecuteAsync("update payouts set status = 'requested', completion_date = null");

        Assert.Empty((await database.WriteAsync(Yesterday)).LeftOut);
    }

    [Theory]
    [InlineData("'NaN'")]
    [InlineData("'Infinity'")]
    public async Task Should_leave_out_payouts_too(string amount)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        await database.ExecuteAsync("alter table payouts alter column amount_vnd type numeric, alter column net_amount_vnd type numeric");
        await database.AddCompletedAsync(shop, Midnight, 100, 1);
        await AddPayoutAsync(database, shop);
        await AddPayoutAsync(database, shop);
        await database.ExecuteAsync(
            $"update payouts set amount_vnd = {amount}, net_amount_vnd = {amount} where id = (select id from payouts limit 1)");

        Assert.Contains("; left out, because they cannot be read: payouts, amount_vnd, 2026-11-23: 1: ", await database.RunAsync(), StringComparison.Ordinal);

        Assert.Equal(new Tally(1, 200, 2), (await database.FindAsync(Yesterday)).Totals.PayoutsCompleted);
    }

    [Fact]
    public async Task Should_name_some_of_many_and_say_so_in_every_form_of_the_report()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var shop = await database.AddMerchantAsync("Shop");
        foreach (var _ in Enumerable.Range(0, 7))
        {
            await database.AddCompletedAsync(shop, Midnight, 100, 1);
        }

        await database.ExecuteAsync("update payments set amount_vnd = 'NaN'");

        var report = await database.WriteAsync(Yesterday);

        var rows = Assert.Single(report.LeftOut);
        Assert.Equal((7, LeftOut.MostNamed), (rows.Count, rows.Ids.Count));
        Assert.Contains($"amount_vnd, 2026-11-23: 7: {rows.Ids[0]}", ReportText.Render(report), StringComparison.Ordinal);
        Assert.Contains($"amount_vnd, 2026-11-23: 7: {rows.Ids[0]}", ReportPage.Render(report), StringComparison.Ordinal);
        Assert.Equal(7, (await database.Reports.ReadPeriodAsync(Yesterday, Yesterday, TestContext.Current.CancellationToken)).Days[0].LeftOut);
        var mail = await ReportMail.OfAsync(SettlementMail.From(Yesterday, correctionMail: null), [report], TestContext.Current.CancellationToken);
        Assert.EndsWith(" net revenue (incomplete)", mail.Subject, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("total_usd_value = 'NaN'")]
    [InlineData("snapshot_at = '-infinity'")]
    [InlineData("snapshot_at = '0044-03-15 BC'")]
    public async Task Should_show_a_wallet_as_it_was_when_it_could_be_read(string fault)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Shop"), Midnight, 100, 1);
        foreach (var hour in new[] { 1, 2 })
        {
            await database.ExecuteAsync(
                """
                insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_currency, total_usd_value, snapshot_at, created_at)
                values (gen_random_uuid(), 'bsc', 'mainnet', '0x0', 'BNB', $1, $2, $2)
                """,
                (decimal)hour,
                Midnight.AddHours(hour));
        }

        await database.ExecuteAsync($"update wallet_balance_snapshots set {fault} where total_usd_value = 2");

        Assert.Equal(1m, Assert.Single((await database.WriteAsync(Yesterday)).Wallets).TotalUsd);
    }

    [Fact]
    public async Task Should_find_those_without_a_day_by_the_indexes_of_the_report()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddMerchantAsync("Shop");
        await database.ExecuteAsync(
            """
            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
                destination_wallet, expires_at, confirmed_at, created_at, updated_at)
            select gen_random_uuid(), id, 1000, 1, 'USDT', 'bsc', 25400, statuses[1 + n % 3], 'reference ' || n, '0x0', at, at, at, at
            from merchants, generate_series(1, 20000) n, lateral (select timestamp '2026-11-24' - n * interval '864 s' as at) clock,
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

        var plan = await database.ExplainAsync(UnreadableRows.WithoutTimes);

        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on payments", StringComparison.Ordinal));
    }

    private static Task AddPayoutAsync(SettlementDatabase database, Guid merchant) => database.ExecuteAsync(
        """
        insert into payouts (id, merchant_id, amount_vnd, fee_vnd, net_amount_vnd, bank_account_name, bank_account_number, bank_name, status,
            requested_by, completion_date, created_at, updated_at)
        select gen_random_uuid(), $1, 200, 2, 198, 'Owner', '1', 'Bank', 'completed', $1, at, at, at
        from (select $2 at time zone 'utc' as at) as instant
        """,
        merchant,
        Midnight);
}
