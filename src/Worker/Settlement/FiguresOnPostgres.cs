using Gateway.Persistence;
using Gateway.Worker.Calendar;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>The figures of days in a row by aggregates in the database: one pass over their payments, one over their payouts.</summary>
internal static class FiguresOnPostgres
{
    /// <summary>Reads them, and leaves out the rows that nobody can read.</summary>
    public static async Task<FiguresOfDays> ReadAsync(
        GatewayDbContext db, IReadOnlyList<BusinessDay> days, CancellationToken cancellationToken)
    {
        object[] period = [days[0].From, days[^1].To, days.Select(day => day.From).Append(days[^1].To).ToArray()];
        var leftOut = await UnreadableRows.FindWithoutTimesAsync(db, cancellationToken);
        try
        {
            return new FiguresOfDays(await ReadAsync(db, days, period, Payments, Payouts, cancellationToken), leftOut);
        }
        catch (Exception exception) when (UnreadableRows.CanCause(exception))
        {
            // Only then are the amounts looked at one by one.
            leftOut.AddRange(await UnreadableRows.FindWithoutNumbersAsync(
                db, PaymentsOfPeriod, "payments", PaymentDays, period, days, cancellationToken));
            leftOut.AddRange(await UnreadableRows.FindWithoutNumbersAsync(
                db, PayoutsOfPeriod, "payouts", PayoutDays, period, days, cancellationToken));
            return new FiguresOfDays(
                await ReadAsync(db, days, period, ReadableOf(Payments), ReadableOf(Payouts), cancellationToken), leftOut);
        }
    }

    private static async Task<Dictionary<DayAndMerchant, SettlementFigures>> ReadAsync(
        GatewayDbContext db,
        IReadOnlyList<BusinessDay> days,
        object[] period,
        string paymentsQuery,
        string payoutsQuery,
        CancellationToken cancellationToken)
    {
        var payments = await db.Database.SqlQueryRaw<MerchantRow>(paymentsQuery, period).ToListAsync(cancellationToken);
        var payouts = await db.Database.SqlQueryRaw<PayoutRow>(payoutsQuery, period).ToListAsync(cancellationToken);
        return payments.Select(row => (row.Day, row.MerchantId, Figures: row.ToFigures()))
            .Concat(payouts.Select(row => (row.Day, row.MerchantId, Figures: row.ToFigures())))
            .GroupBy(row => new DayAndMerchant(days[row.Day - 1].Date, row.MerchantId), row => row.Figures)
            .ToDictionary(group => group.Key, group => group.Aggregate((left, right) => left + right));
    }

    private static string ReadableOf(string query) =>
        query.Replace("from of_period", $"from of_period where {UnreadableRows.HasNumbers}", StringComparison.Ordinal);

    private const string PaymentDays = "created_day, completed_day, expired_day, failed_day";
    private const string PayoutDays = "requested_day, completed_day";

    // The payments are added up by the days in which they count as something, and only these few sums by day and figure: each row is added
    // once, and counts for each figure in one day at most. width_bucket() tells a time's place between the days' edges, from 1.
    // A fee that the gateway left out is amount × percentage, rounded half to even to 2 places. PostgreSQL's round() takes a half away
    // from zero, so after an even digit a cent is taken off again.
    private const string PaymentsOfPeriod =
        """
        with period as (
            select cast({0} as timestamptz) at time zone 'utc' as first, cast({1} as timestamptz) at time zone 'utc' as next,
                array(select edge at time zone 'utc' from unnest(cast({2} as timestamptz[])) as edge order by edge) as edges),
        of_period as (
            select id, merchant_id, amount_vnd,
                case when created_at >= first and created_at < next then width_bucket(created_at, edges) end as created_day,
                case when status = 'completed' and confirmed_at >= first and confirmed_at < next
                    then width_bucket(confirmed_at, edges) end as completed_day,
                case when status = 'expired' and expires_at >= first and expires_at < next
                    then width_bucket(expires_at, edges) end as expired_day,
                case when status = 'failed' and updated_at >= first and updated_at < next
                    then width_bucket(updated_at, edges) end as failed_day,
                case when status = 'completed' then coalesce(fee_vnd, round(amount_vnd * fee_percentage, 2)
                    - case when amount_vnd * fee_percentage % 0.02 = 0.005 then 0.01 else 0 end) end as fee_vnd
            from payments, period
            where deleted_at is null and (
                created_at >= first and created_at < next
                or status = 'completed' and confirmed_at >= first and confirmed_at < next
                or status = 'expired' and expires_at >= first and expires_at < next
                or status = 'failed' and updated_at >= first and updated_at < next))
        """;

    internal const string Payments =
        $"""
        {PaymentsOfPeriod},
        sums as (
            select merchant_id, {PaymentDays},
                count(*) as count, sum(amount_vnd) as vnd, sum(fee_vnd) as fee_vnd
            from of_period group by merchant_id, {PaymentDays})
        select merchant_id, day,
            coalesce(sum(count) filter (where day = created_day), 0)::bigint as created_count,
            coalesce(sum(vnd) filter (where day = created_day), 0) as created_vnd,
            coalesce(sum(count) filter (where day = completed_day), 0)::bigint as completed_count,
            coalesce(sum(vnd) filter (where day = completed_day), 0) as completed_vnd,
            coalesce(sum(fee_vnd) filter (where day = completed_day), 0) as completed_fee_vnd,
            coalesce(sum(count) filter (where day = expired_day), 0)::bigint as expired_count,
            coalesce(sum(vnd) filter (where day = expired_day), 0) as expired_vnd,
            coalesce(sum(count) filter (where day = failed_day), 0)::bigint as failed_count,
            coalesce(sum(vnd) filter (where day = failed_day), 0) as failed_vnd
        from sums,
            lateral (
                select distinct day from unnest(array[{PaymentDays}]) as day
                where day is not null) as days
        group by merchant_id, day
        """;

    private const string PayoutsOfPeriod =
        """
        with period as (
            select cast({0} as timestamptz) at time zone 'utc' as first, cast({1} as timestamptz) at time zone 'utc' as next,
                array(select edge at time zone 'utc' from unnest(cast({2} as timestamptz[])) as edge order by edge) as edges),
        of_period as (
            select id, merchant_id, amount_vnd, fee_vnd,
                case when created_at >= first and created_at < next then width_bucket(created_at, edges) end as requested_day,
                case when status = 'completed' and completion_date >= first and completion_date < next
                    then width_bucket(completion_date, edges) end as completed_day
            from payouts, period
            where deleted_at is null and (
                created_at >= first and created_at < next
                or status = 'completed' and completion_date >= first and completion_date < next))
        """;

    private const string Payouts =
        $"""
        {PayoutsOfPeriod},
        sums as (
            select merchant_id, {PayoutDays}, count(*) as count, sum(amount_vnd) as vnd, sum(fee_vnd) as fee_vnd
            from of_period group by merchant_id, {PayoutDays})
        select merchant_id, day,
            coalesce(sum(count) filter (where day = requested_day), 0)::bigint as requested_count,
            coalesce(sum(vnd) filter (where day = requested_day), 0) as requested_vnd,
            coalesce(sum(fee_vnd) filter (where day = requested_day), 0) as requested_fee_vnd,
            coalesce(sum(count) filter (where day = completed_day), 0)::bigint as completed_count,
            coalesce(sum(vnd) filter (where day = completed_day), 0) as completed_vnd,
            coalesce(sum(fee_vnd) filter (where day = completed_day), 0) as completed_fee_vnd
        from sums, lateral (select distinct day from unnest(array[{PayoutDays}]) as day where day is not null) as days
        group by merchant_id, day
        """;
}
