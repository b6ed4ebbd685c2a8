using System.Globalization;
using Gateway.Testing.Servers;
using Gateway.Worker.Settlement;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>What trials found (docs/faults.md: D1).</summary>
public sealed class When_a_month_changes_after_it_was_reported(TestServers servers)
{
    private const int Days = 30;
    private const int LateChanges = 5000;
    private const int Seed = 20261130;

    private static readonly DateOnly FirstDay = new(2026, 10, 25);
    private static readonly DateOnly LastDay = FirstDay.AddDays(Days - 1);

    // The first instant of the first day in Ho Chi Minh City.
    private static readonly DateTime Begin = new(2026, 10, 24, 17, 0, 0);

    // The whole period at once, by nothing of the worker's.
    private const string Period =
        """
        with period as (select timestamp '2026-10-24 17:00' as a, timestamp '2026-11-23 17:00' as b),
        cents as (select *, amount_vnd * fee_percentage * 100 as cent from payments where deleted_at is null),
        p as (select *, coalesce(fee_vnd, (floor(cent) + case when cent - floor(cent) > 0.5 then 1
            when cent - floor(cent) = 0.5 then floor(cent) % 2 else 0 end) / 100) as fee from cents)
        select m.id,
            (select count(*) from p, period where merchant_id = m.id and created_at >= a and created_at < b),
            (select coalesce(sum(amount_vnd), 0) from p, period where merchant_id = m.id and created_at >= a and created_at < b),
            (select count(*) from p, period where merchant_id = m.id and status = 'completed' and confirmed_at >= a and confirmed_at < b),
            (select coalesce(sum(amount_vnd), 0) from p, period where merchant_id = m.id and status = 'completed' and confirmed_at >= a and confirmed_at < b),
            (select coalesce(sum(fee), 0) from p, period where merchant_id = m.id and status = 'completed' and confirmed_at >= a and confirmed_at < b),
            (select count(*) from p, period where merchant_id = m.id and status = 'expired' and expires_at >= a and expires_at < b),
            (select coalesce(sum(amount_vnd), 0) from p, period where merchant_id = m.id and status = 'expired' and expires_at >= a and expires_at < b),
            (select count(*) from p, period where merchant_id = m.id and status = 'failed' and updated_at >= a and updated_at < b),
            (select coalesce(sum(amount_vnd), 0) from p, period where merchant_id = m.id and status = 'failed' and updated_at >= a and updated_at < b),
            (select count(*) from payouts, period where merchant_id = m.id and deleted_at is null and created_at >= a and created_at < b),
            (select coalesce(sum(amount_vnd), 0) from payouts, period where merchant_id = m.id and deleted_at is null and created_at >= a and created_at < b),
            (select coalesce(sum(fee_vnd), 0) from payouts, period where merchant_id = m.id and deleted_at is null and created_at >= a and created_at < b),
            (select count(*) from payouts, period where merchant_id = m.id and deleted_at is null and status = 'completed' and completion_date >= a and completion_date < b),
            (select coalesce(sum(amount_vnd), 0) from payouts, period where merchant_id = m.id and deleted_at is null and status = 'completed' and completion_date >= a and completion_date < b),
            (select coalesce(sum(fee_vnd), 0) from payouts, period where merchant_id = m.id and deleted_at is null and status = 'completed' and completion_date >= a and completion_date < b)
        from merchants m
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_add_up_to_what_one_query_over_the_month_tells()
    {
        var random = new Random(Seed);
        await using var database = await SettlementDatabase.CreateAsync(servers, now: new DateTimeOffset(Begin.AddDays(1).AddHours(8), TimeSpan.Zero));
        for (var number = 1; number <= 6; number++)
        {
            await database.AddMerchantAsync($"Merchant {number}");
        }

        await using var changes = await database.ConnectAsync();
        Dictionary<(DateOnly, int), string> reported = [];
        for (var day = 0; day < Days; day++)
        {
            await ExecuteAsync(changes, NewPayments(day));
            await ExecuteAsync(changes, NewPayouts(day));
            await database.RunAsync(attempt: 3);
            foreach (var row in await database.ReadAsync(db => db.SettlementReports.Select(r => new { r.Date, r.Generation, r.Report })))
            {
                // What was once reported stays.
                Assert.Equal(row.Report, reported.TryGetValue((row.Date, row.Generation), out var known) ? known : row.Report);
                reported[(row.Date, row.Generation)] = row.Report;
            }

            for (var change = day * LateChanges / Days; change < (day + 1) * LateChanges / Days; change++)
            {
                Assert.Equal(1, await ExecuteAsync(changes, LateChange(random)));
            }

            if (day < Days - 1)
            {
                database.Time.Advance(TimeSpan.FromDays(1));
            }
        }

        await using var last = database.With("SETTLEMENT_LOOKBACK", "31d");
        Assert.StartsWith("corrected: ", await last.RunAsync(attempt: 3), StringComparison.Ordinal);

        var expected = await OneQueryAsync(changes);
        Assert.Equal(expected, await NewestGenerationsAsync(database));
        var period = await database.Reports.ReadPeriodAsync(FirstDay, LastDay, Cancellation);
        Assert.Empty(period.DaysWithoutReport);
        Assert.Equal(expected, period.Merchants.ToDictionary(m => m.MerchantId, m => m.Figures));
        Assert.Equal(expected.Values.Aggregate((left, right) => left + right), period.Totals);
        Assert.True(
            period.Totals is { PaymentsCompleted.Count: > 100, PaymentsExpired.Count: > 100, PaymentsFailed.Count: > 100, PayoutsCompleted.Count: > 100 }, $"{period.Totals}");
        await AssertEachGenerationCorrectsTheOneBeforeAsync(database, reported);
    }

    private static async Task AssertEachGenerationCorrectsTheOneBeforeAsync(SettlementDatabase database, Dictionary<(DateOnly, int), string> reported)
    {
        var kept = await database.ReadAsync(db => db.SettlementReports.Select(r => new { r.Date, r.Generation, r.Report }));
        Assert.Equal(kept.Count, (await database.ReadAsync(db => db.OutboxMessages)).Count);
        Assert.All(reported, before => Assert.Equal(before.Value, kept.Single(r => (r.Date, r.Generation) == before.Key).Report));
        Assert.True(kept.Max(row => row.Generation) > 5);
        foreach (var row in kept.Where(row => row.Generation > 1))
        {
            var (before, after) = (await database.FindAsync(row.Date, row.Generation - 1), await database.FindAsync(row.Date, row.Generation));
            Assert.Equal((before.Totals, after.Totals), (after.Correction!.Totals.Was, after.Correction.Totals.Is));
            Assert.Equal(
                after.Totals - before.Totals, after.Correction.Merchants.Aggregate(SettlementFigures.None, (sum, merchant) => sum + merchant.Change.Difference));
        }
    }

    private static string NewPayments(int day) =>
        $"""
        insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
            destination_wallet, expires_at, confirmed_at, fee_percentage, fee_vnd, created_at, updated_at)
        select gen_random_uuid(), merchants[1 + n % 6], 1000 + (n * 7919) % 100000 + n % 100 / 100.0, 1, 'USDC', 'solana', 25400, statuses[1 + n % 7],
            'reference {day} ' || n, 'wallet', at + interval '30 min', case when n % 2 = 0 then at + interval '5 min' end,
            (n % 300) / 10000.0, case when n % 3 <> 0 then n / 10.0 end, at, at + interval '10 min'
        from generate_series(1, 100) n, lateral (select timestamp '2026-10-24 17:00' + interval '{day} days' + n * interval '860 s' as at) clock,
            (select array_agg(id order by id) as merchants from merchants) m,
            (select array['created', 'pending', 'pending_compliance', 'confirming', 'completed', 'expired', 'failed'] as statuses) s
        """;

    private static string NewPayouts(int day) =>
        $"""
        insert into payouts (id, merchant_id, amount_vnd, fee_vnd, net_amount_vnd, bank_account_name, bank_account_number, bank_name, status,
            requested_by, completion_date, created_at, updated_at)
        select gen_random_uuid(), merchants[1 + n % 6], 1000 + n, n, 1000, 'name', 'number', 'bank', case when n % 2 = 0 then 'completed' else 'requested' end,
            gen_random_uuid(), case when n % 2 = 0 then at + interval '3 hours' end, at, at
        from generate_series(1, 20) n, lateral (select timestamp '2026-10-24 17:00' + interval '{day} days' + n * interval '4000 s' as at) clock,
            (select array_agg(id order by id) as merchants from merchants) m
        """;

    // One row, whichever: late confirmations also to the microsecond before and at midnight, and all that a gateway may do to a row.
    private static string LateChange(Random random)
    {
        var midnight = Begin.AddDays(random.Next(Days));
        var instant = random.Next(4) switch
        {
            0 => midnight,
            1 => midnight.AddDays(1).AddMicroseconds(-1),
            _ => midnight.AddSeconds(random.Next(86_400)),
        };
        var at = $"timestamp '{instant.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}'";
        var fee = random.Next(1000);
        var (table, set) = random.Next(12) switch
        {
            0 or 1 => ("payments", $"status = 'completed', confirmed_at = {at}"),
            2 => ("payments", $"status = 'failed', updated_at = {at}"),
            3 => ("payments", $"status = 'expired', expires_at = {at}"),
            4 => ("payments", $"fee_vnd = {random.Next(100_000)} / 100.0"),
            5 => ("payments", $"fee_vnd = null, fee_percentage = {random.Next(300)} / 10000.0, amount_vnd = {random.Next(1, 1_000_000)} / 2.0"),
            6 => ("payments", $"deleted_at = {at}"),
            7 => ("payments", "deleted_at = null"),
            8 => ("payments", $"merchant_id = (select id from merchants order by id offset {random.Next(6)} limit 1)"),
            9 => ("payouts", $"status = 'completed', completion_date = {at}"),
            10 => ("payouts", $"deleted_at = case when deleted_at is null then {at} end"),
            _ => ("payouts", $"amount_vnd = net_amount_vnd + {fee}, fee_vnd = {fee}"),
        };
        return $"update {table} set {set} where id = (select id from {table} order by id offset {random.Next(100)} * (select count(*) from {table}) / 100 limit 1)";
    }

    private static async Task<Dictionary<Guid, SettlementFigures>> NewestGenerationsAsync(SettlementDatabase database)
    {
        Dictionary<Guid, SettlementFigures> sums = [];
        for (var day = FirstDay; day <= LastDay; day = day.AddDays(1))
        {
            foreach (var merchant in (await database.FindAsync(day)).Merchants)
            {
                sums[merchant.MerchantId] = sums.GetValueOrDefault(merchant.MerchantId, SettlementFigures.None) + merchant.Figures;
            }
        }

        return sums;
    }

    private static async Task<Dictionary<Guid, SettlementFigures>> OneQueryAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Period, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Dictionary<Guid, SettlementFigures> merchants = [];
        while (await reader.ReadAsync(Cancellation))
        {
            Tally At(int column, bool hasFee) => new(reader.GetInt64(column), reader.GetDecimal(column + 1), hasFee ? reader.GetDecimal(column + 2) : 0);
            merchants[reader.GetGuid(0)] = new SettlementFigures
            {
                PaymentsCreated = At(1, hasFee: false),
                PaymentsCompleted = At(3, hasFee: true),
                PaymentsExpired = At(6, hasFee: false),
                PaymentsFailed = At(8, hasFee: false),
                PayoutsRequested = At(10, hasFee: true),
                PayoutsCompleted = At(13, hasFee: true),
            };
        }

        return merchants;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(Cancellation);
    }
}
