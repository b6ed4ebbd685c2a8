using Gateway.Persistence;
using Gateway.Worker.Configuration;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>The figures of a day by aggregates in the database: one pass over the day's payments, one over its payouts.</summary>
internal static class FiguresOnPostgres
{
    public static async Task<Dictionary<Guid, SettlementFigures>> ReadAsync(GatewayDbContext db, BusinessDay day, CancellationToken cancellationToken)
    {
        var payments = await db.Database.SqlQueryRaw<MerchantRow>(Payments, day.From, day.To).ToListAsync(cancellationToken);
        var payouts = await db.Database.SqlQueryRaw<PayoutRow>(Payouts, day.From, day.To).ToListAsync(cancellationToken);
        return payments.Select(row => (row.MerchantId, Figures: row.ToFigures()))
            .Concat(payouts.Select(row => (row.MerchantId, Figures: row.ToFigures())))
            .GroupBy(row => row.MerchantId, row => row.Figures)
            .ToDictionary(merchant => merchant.Key, merchant => merchant.Aggregate((left, right) => left + right));
    }

    // The day's payments are added up by what they count as, and only these few sums by their figures: each row is added once.
    // A fee that the gateway left out is amount × percentage, rounded half to even to 2 places. PostgreSQL's round() takes a half away
    // from zero, so after an even digit a cent is taken off again.
    internal const string Payments =
        """
        with day as (select cast({0} as timestamptz) at time zone 'utc' as first, cast({1} as timestamptz) at time zone 'utc' as next),
        of_day as (
            select merchant_id, amount_vnd,
                created_at >= first and created_at < next as is_created,
                status = 'completed' and confirmed_at >= first and confirmed_at < next as is_completed,
                status = 'expired' and expires_at >= first and expires_at < next as is_expired,
                status = 'failed' and updated_at >= first and updated_at < next as is_failed,
                case when status = 'completed' then coalesce(fee_vnd, round(amount_vnd * fee_percentage, 2)
                    - case when amount_vnd * fee_percentage % 0.02 = 0.005 then 0.01 else 0 end) end as fee_vnd
            from payments, day
            where deleted_at is null and (
                created_at >= first and created_at < next
                or status = 'completed' and confirmed_at >= first and confirmed_at < next
                or status = 'expired' and expires_at >= first and expires_at < next
                or status = 'failed' and updated_at >= first and updated_at < next)),
        sums as (
            select merchant_id, is_created, is_completed, is_expired, is_failed, count(*) as count, sum(amount_vnd) as vnd, sum(fee_vnd) as fee_vnd
            from of_day group by merchant_id, is_created, is_completed, is_expired, is_failed)
        select merchant_id,
            coalesce(sum(count) filter (where is_created), 0)::bigint as created_count, coalesce(sum(vnd) filter (where is_created), 0) as created_vnd,
            coalesce(sum(count) filter (where is_completed), 0)::bigint as completed_count, coalesce(sum(vnd) filter (where is_completed), 0) as completed_vnd,
            coalesce(sum(fee_vnd) filter (where is_completed), 0) as completed_fee_vnd,
            coalesce(sum(count) filter (where is_expired), 0)::bigint as expired_count, coalesce(sum(vnd) filter (where is_expired), 0) as expired_vnd,
            coalesce(sum(count) filter (where is_failed), 0)::bigint as failed_count, coalesce(sum(vnd) filter (where is_failed), 0) as failed_vnd
        from sums group by merchant_id
        """;

    private const string Payouts =
        """
        with day as (select cast({0} as timestamptz) at time zone 'utc' as first, cast({1} as timestamptz) at time zone 'utc' as next),
        of_day as (
            select merchant_id, amount_vnd, fee_vnd,
                created_at >= first and created_at < next as is_requested,
                status = 'completed' and completion_date >= first and completion_date < next as is_completed
            from payouts, day
            where deleted_at is null and (
                created_at >= first and created_at < next
                or status = 'completed' and completion_date >= first and completion_date < next))
        select merchant_id,
            count(*) filter (where is_requested) as requested_count, coalesce(sum(amount_vnd) filter (where is_requested), 0) as requested_vnd,
            coalesce(sum(fee_vnd) filter (where is_requested), 0) as requested_fee_vnd,
            count(*) filter (where is_completed) as completed_count, coalesce(sum(amount_vnd) filter (where is_completed), 0) as completed_vnd,
            coalesce(sum(fee_vnd) filter (where is_completed), 0) as completed_fee_vnd
        from of_day group by merchant_id
        """;
}
