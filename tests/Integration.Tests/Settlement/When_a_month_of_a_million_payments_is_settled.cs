using System.Globalization;
using Gateway.Testing.Servers;
using Gateway.Worker.Settlement;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

public sealed class When_a_month_of_a_million_payments_is_settled(TestServers servers)
{
    // Every status, some rows deleted, a third of the fees left out; times so that payments cross midnight in every status.
    private const string Month =
        """
        insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
            destination_wallet, expires_at, confirmed_at, fee_percentage, fee_vnd, created_at, updated_at, deleted_at)
        select gen_random_uuid(), merchants[1 + n % 7], 1000 + n % 100000 + (n % 100) / 100.0, 1, 'USDC', 'solana', 25400,
            statuses[1 + (n / 7) % 7], 'reference ' || n, 'wallet', at + interval '30 min', case when n % 11 <> 0 then at + (n % 5000) * interval '1 s' end,
            (n % 300) / 10000.0, case when n % 3 <> 0 then (n % 1000) / 10.0 end, at, at + (n % 9000) * interval '1 s', case when n % 13 = 0 then at end
        from generate_series(1, 1000000) n,
            lateral (select timestamp '2026-10-31 17:00' + n * interval '2.592 s' as at) clock,
            (select array_agg(id order by id) as merchants from merchants) m,
            (select array['created', 'pending', 'pending_compliance', 'confirming', 'completed', 'expired', 'failed'] as statuses) s
        """;

    private const string Payouts =
        """
        insert into payouts (id, merchant_id, amount_vnd, fee_vnd, net_amount_vnd, bank_account_name, bank_account_number, bank_name, status,
            requested_by, completion_date, created_at, updated_at, deleted_at)
        select gen_random_uuid(), merchants[1 + n % 7], 1000 + n, n % 50, 1000 + n - n % 50, 'name', 'number', 'bank', statuses[1 + n % 6],
            gen_random_uuid(), case when n % 5 <> 0 then at + (n % 200) * interval '1 min' end, at, at, case when n % 17 = 0 then at end
        from generate_series(1, 20000) n,
            lateral (select timestamp '2026-10-31 17:00' + n * interval '129.6 s' as at) clock,
            (select array_agg(id order by id) as merchants from merchants) m,
            (select array['requested', 'approved', 'processing', 'completed', 'rejected', 'failed'] as statuses) s
        """;

    private const string From = "'2026-11-22 17:00'";
    private const string To = "'2026-11-23 17:00'";

    private static readonly DateTime FirstInstant = new(2026, 11, 22, 17, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_tell_the_figures_that_plain_queries_tell()
    {
        await using var database = await SettlementDatabase.CreateAsync(servers);
        var merchants = new List<Guid>();
        foreach (var number in Enumerable.Range(1, 7))
        {
            merchants.Add(await database.AddMerchantAsync($"Merchant {number}"));
        }

        // What a crash of the server would leave of them is no matter here, so that a million rows need not go through its log.
        await database.ExecuteAsync("alter table payments set unlogged; alter table payouts set unlogged");
        await database.ExecuteAsync(Month);
        await database.ExecuteAsync(Payouts);

        var report = await database.WriteAsync(SettlementDatabase.Yesterday);

        Assert.Equal(merchants.Order(), report.Merchants.Select(m => m.MerchantId).Order());
        foreach (var merchant in report.Merchants)
        {
            Assert.Equal(await ExpectedAsync(database, merchant.MerchantId), merchant.Figures);
        }

        Assert.Equal(await ExpectedAsync(database, null), report.Totals);
        Assert.InRange(report.Totals.PaymentsCompleted.Count, 3_000, 6_000);
        Assert.True(report.Totals is { PaymentsExpired.Count: > 0, PaymentsFailed.Count: > 0, PayoutsCompleted.Count: > 0, NetRevenueVnd: > 0 });
    }

    // Each figure by a query of its own; fees that were left out are rounded here and not in the database.
    private static async Task<SettlementFigures> ExpectedAsync(SettlementDatabase database, Guid? merchantId)
    {
        var merchant = merchantId is null ? "" : $"and merchant_id = '{merchantId}'";
        var completed = $"from payments where deleted_at is null and status = 'completed' and confirmed_at >= {From} and confirmed_at < {To} {merchant}";
        var leftOut = await database.ReadAsync(db => db.Payments
            .Where(p => p.Status == "completed" && p.ConfirmedAt >= FirstInstant && p.ConfirmedAt < FirstInstant.AddDays(1) && p.FeeVnd == null)
            .Where(p => merchantId == null || p.MerchantId == merchantId)
            .AsNoTracking());
        var knownFees = (decimal)(await database.QueryAsync($"select coalesce(sum(fee_vnd), 0) {completed}"))[0];
        return new SettlementFigures
        {
            PaymentsCreated = await TallyAsync(database, $"from payments where deleted_at is null and created_at >= {From} and created_at < {To} {merchant}"),
            PaymentsCompleted = await TallyAsync(database, completed) with
            {
                FeeVnd = knownFees + leftOut.Sum(p => Math.Round(p.AmountVnd * p.FeePercentage, 2, MidpointRounding.ToEven)),
            },
            PaymentsExpired = await TallyAsync(
                database, $"from payments where deleted_at is null and status = 'expired' and expires_at >= {From} and expires_at < {To} {merchant}"),
            PaymentsFailed = await TallyAsync(
                database, $"from payments where deleted_at is null and status = 'failed' and updated_at >= {From} and updated_at < {To} {merchant}"),
            PayoutsRequested = await TallyAsync(
                database, $"from payouts where deleted_at is null and created_at >= {From} and created_at < {To} {merchant}", "fee_vnd"),
            PayoutsCompleted = await TallyAsync(
                database,
                $"from payouts where deleted_at is null and status = 'completed' and completion_date >= {From} and completion_date < {To} {merchant}",
                "fee_vnd"),
        };
    }

    private static async Task<Tally> TallyAsync(SettlementDatabase database, string from, string fee = "0")
    {
        var row = await database.QueryAsync($"select count(*), coalesce(sum(amount_vnd), 0), coalesce(sum({fee}), 0)::numeric {from}");
        return new Tally(Convert.ToInt64(row[0], CultureInfo.InvariantCulture), (decimal)row[1], (decimal)row[2]);
    }
}
