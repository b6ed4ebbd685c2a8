using Gateway.Contracts;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Settlement;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>What trials found (docs/faults.md: A16, A21, D17).</summary>
public sealed class When_a_day_is_settled(TestServers servers)
{
    private static readonly DateTime Midnight = new(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_count_the_first_instant_of_the_day_and_not_that_of_the_next()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var merchant = await database.AddMerchantAsync("Shop");
        var instant = TimeSpan.FromMicroseconds(1);
        await database.AddCompletedAsync(merchant, Midnight - instant, 1, 0);
        await database.AddCompletedAsync(merchant, Midnight, 10, 0);
        await database.AddCompletedAsync(merchant, Midnight.AddDays(1) - instant, 100, 0);
        await database.AddCompletedAsync(merchant, Midnight.AddDays(1), 1000, 0);

        var report = await database.WriteAsync(SettlementDatabase.Yesterday);

        Assert.Equal(new Tally(2, 110, 0), report.Totals.PaymentsCompleted);
        Assert.Equal((Midnight, Midnight.AddDays(1)), (report.From, report.To));
    }

    [Theory]
    [InlineData("0.50", "0.00")]
    [InlineData("1.50", "0.02")]
    [InlineData("2.50", "0.02")]
    [InlineData("3.50", "0.04")]
    [InlineData("2.51", "0.03")]
    [InlineData("2.49", "0.02")]
    [InlineData("123456789012345678.50", "1234567890123456.78")]
    public async Task Should_round_a_fee_that_was_left_out_half_to_even(string amount, string fee)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var merchant = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(merchant, Midnight, Number(amount), feeVnd: null);

        var report = await database.WriteAsync(SettlementDatabase.Yesterday);

        Assert.Equal(Number(fee), report.Totals.PaymentsCompleted.FeeVnd);
        Assert.Equal(Number(fee), report.Totals.NetRevenueVnd);
        Assert.Equal(Number(fee), Math.Round(Number(amount) * 0.01m, 2, MidpointRounding.ToEven));
    }

    [Fact]
    public async Task Should_tell_the_wallets_as_they_were_at_the_end_of_the_day()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        foreach (var (at, usdt) in new[] { (Midnight.AddHours(-1), 1m), (Midnight.AddHours(23), 2m), (Midnight.AddDays(1), 3m) })
        {
            await database.ExecuteAsync(
                """
                insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_balance, native_currency, usdt_balance, total_usd_value, snapshot_at, created_at)
                values (gen_random_uuid(), 'bsc', 'testnet', '0x1', 0.5, 'BNB', $2, $2, $1, $1)
                """,
                at,
                usdt);
        }

        var report = await database.WriteAsync(SettlementDatabase.Yesterday);

        Assert.Equal(new WalletAtDayEnd("bsc", "testnet", "0x1", 0.5m, "BNB", 2m, 0m, 2m, Midnight.AddHours(23)), Assert.Single(report.Wallets));
    }

    [Fact]
    public async Task Should_not_tell_what_a_wallet_held_on_another_day()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.ExecuteAsync(
            """
            insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_balance, native_currency, usdt_balance, total_usd_value, snapshot_at, created_at)
            values (gen_random_uuid(), 'bsc', 'testnet', '0x1', 0.5, 'BNB', 1, 1, $1, $1)
            """,
            Midnight.AddMilliseconds(-1));

        var report = await database.WriteAsync(SettlementDatabase.Yesterday);

        Assert.Equal(new WalletAtDayEnd("bsc", "testnet", "0x1", null, "BNB", null, null, null, Midnight.AddMilliseconds(-1)), Assert.Single(report.Wallets));
    }

    [Fact]
    public async Task Should_keep_each_generation_and_say_each_time_that_it_was_written()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var merchant = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(merchant, Midnight, 100, 1);
        await database.WriteAsync(SettlementDatabase.Yesterday);
        // What the gateway adds later is seen when the report is written again.
        await database.AddCompletedAsync(merchant, Midnight.AddHours(1), 200, 2);

        await database.WriteAsync(SettlementDatabase.Yesterday);

        var report = await database.FindAsync(SettlementDatabase.Yesterday);
        Assert.Equal(new Tally(2, 300, 3), report.Totals.PaymentsCompleted);
        Assert.Equal([1, 2], await database.Reports.FindGenerationsAsync(SettlementDatabase.Yesterday, Cancellation));
        var told = await database.ReadAsync(db => db.OutboxMessages.Select(m => new { m.MessageType, m.MessageId }));
        Assert.Equal(2, told.Distinct().Count());
        Assert.All(told, message => Assert.Equal(typeof(SettlementReportGenerated).FullName, message.MessageType));
    }

    [Fact]
    public async Task Should_bear_two_who_write_it_at_once()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var merchant = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(merchant, Midnight, 100, 1);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => database.RunAsync(SettlementDatabase.Yesterday), Cancellation)));

        Assert.Equal(new Tally(1, 100, 1), (await database.FindAsync(SettlementDatabase.Yesterday)).Totals.PaymentsCompleted);
        Assert.Equal([1], await database.Reports.FindGenerationsAsync(SettlementDatabase.Yesterday, Cancellation));
    }

    [Fact]
    public async Task Should_make_up_for_the_missing_ones_of_seven_days()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var merchant = await database.AddMerchantAsync("Shop");
        await database.AddCompletedAsync(merchant, Midnight.AddDays(-20), 1, 0);
        await database.AddCompletedAsync(merchant, Midnight.AddDays(-2), 50, 0);
        await database.WriteAsync(new DateOnly(2026, 11, 20));

        var result = await database.RunAsync();

        Assert.Equal("written: 2026-11-17, 2026-11-18, 2026-11-19, 2026-11-21, 2026-11-22, 2026-11-23; mails: 0", result);
        var dates = await database.ReadAsync(db => db.SettlementReports.OrderBy(r => r.Date).Select(r => r.Date));
        Assert.Equal(Enumerable.Range(17, 7).Select(day => new DateOnly(2026, 11, day)), dates);
        var report = (await database.FindAsync(SettlementDatabase.Yesterday));
        Assert.Equal([0m, 0, 0, 0, 50, 0, 0], report.RecentDays.Select(day => day.CompletedVnd));
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 0", await database.RunAsync());
        Assert.Equal("nothing changed: 2026-11-19 stays at generation 1; mails: 0", await database.RunAsync(new DateOnly(2026, 11, 19)));
    }

    [Fact]
    public async Task Should_not_make_up_for_days_before_the_first_payment()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Shop"), Midnight.AddDays(-1), 1, 0);

        Assert.Equal("written: 2026-11-22, 2026-11-23; mails: 0", await database.RunAsync());
    }

    [Theory]
    [InlineData("2026-11-24", "day_not_over", "The business day 2026-11-24 is not over yet; the last one that is: 2026-11-23")]
    [InlineData("2999-01-01", "day_not_over", "The business day 2999-01-01 is not over yet; the last one that is: 2026-11-23")]
    [InlineData("2026-11-22", "before_first_payment", "There is nothing to report for 2026-11-22: the first payment is of 2026-11-23")]
    [InlineData("0001-01-01", "before_first_payment", "There is nothing to report for 0001-01-01: the first payment is of 2026-11-23")]
    public async Task Should_refuse_a_day_that_cannot_be_settled_and_not_try_again(string date, string reason, string message)
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Shop"), Midnight, 1, 0);

        var failure = await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync(DateOnly.Parse(date, null)));

        Assert.Equal((reason, message, true), (failure.Reason, failure.Message, failure.IsFinal));
        Assert.Empty(await database.ReadAsync(db => db.SettlementReports));
    }

    // After an outage the ticks of the expiry and of the report come at once.
    [Fact]
    public async Task Should_wait_for_the_expiry_of_what_was_due_in_the_day_but_not_for_ever()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Shop"), Midnight, 1, 0);
        await database.ExecuteAsync("update payments set status = 'pending', confirmed_at = null");

        var failure = await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync());

        Assert.Equal(("expiry_awaited", false), (failure.Reason, failure.IsFinal));
        Assert.Empty(await database.ReadAsync(db => db.SettlementReports));
        Assert.Equal("written: 2026-11-23; mails: 0", await database.RunAsync(attempt: 3));
        await database.ExecuteAsync("update payments set status = 'expired'");
        Assert.Equal("corrected: 2026-11-23 (generation 2); mails: 0", await database.RunAsync());
    }

    // A server ends a transaction that is idle for long, and the mail would be repeated.
    [Fact]
    public async Task Should_have_no_transaction_open_while_the_mail_server_is_waited_for()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        await database.WriteAsync(SettlementDatabase.Yesterday);
        object[] open = [];
        var second = MailingOutcome.Mailed;

        var mail = Assert.Single(await database.Mailing.FindUnmailedAsync(
            SettlementDatabase.Yesterday, SettlementDatabase.Yesterday, includesRefused: false, Cancellation));
        var first = await database.Mailing.MailOnceAsync(
            mail,
            async _ =>
            {
                open = await database.QueryAsync(
                    """
                    select count(*) from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
                    """);
                second = await database.Mailing.MailOnceAsync(mail, _ => Task.CompletedTask, Cancellation);
            },
            Cancellation);

        Assert.Equal([0L], open);
        Assert.Equal((MailingOutcome.Mailed, MailingOutcome.Claimed), (first, second));
    }

    [Fact]
    public async Task Should_write_an_empty_report_of_a_gateway_without_payments()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);

        await database.RunAsync(SettlementDatabase.Yesterday);

        var report = (await database.FindAsync(SettlementDatabase.Yesterday));
        Assert.Equal(SettlementFigures.None, report.Totals);
        Assert.Empty(report.Merchants);
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
