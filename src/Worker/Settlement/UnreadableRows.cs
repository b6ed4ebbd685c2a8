using Gateway.Persistence;
using Gateway.Worker.Calendar;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>
/// Finds the rows of PostgreSQL that hold what no report can tell. A numeric may be <c>NaN</c>, which is more than 0 for a constraint, and
/// a time may be infinite or of a year that .NET does not know. A completed row may also have no time at all, which no day finds.
/// </summary>
internal static class UnreadableRows
{
    /// <summary>The condition on a row of <c>of_period</c> whose numbers can be read: they are within <c>numeric(20,2)</c>.</summary>
    public const string HasNumbers =
        "(amount_vnd > -1e18 and amount_vnd < 1e18 and (fee_vnd is null or fee_vnd > -1e18 and fee_vnd < 1e18))";

    /// <summary>Payments and payouts whose day nobody can tell. With the indexes of the report it reads only those.</summary>
    internal static readonly string WithoutTimes =
        $"""
        select 'payments' as "table", "column", cast(null as integer) as day, {CountAndIds}
        from (
            select id, case when {Bad("created_at")} then 'created_at'
                when status = 'completed' then {ColumnOf("confirmed_at", LeftOut.NoConfirmation)}
                when status = 'expired' then 'expires_at' else 'updated_at' end as "column"
            from payments
            where deleted_at is null and ({Bad("created_at")} or status = 'completed' and {BadOrNone("confirmed_at")}
                or status = 'expired' and {Bad("expires_at")} or status = 'failed' and {Bad("updated_at")})) as payment
        group by "column"
        union all
        select 'payouts', "column", null, {CountAndIds}
        from (
            select id, case when {Bad("created_at")} then 'created_at'
                else {ColumnOf("completion_date", LeftOut.NoCompletion)} end as "column"
            from payouts
            where deleted_at is null and ({Bad("created_at")} or status = 'completed' and {BadOrNone("completion_date")})) as payout
        group by "column"
        """;

    private static readonly string WithoutNumbers =
        $$"""
        {period}
        select '{table}' as "table", case when amount_vnd > -1e18 and amount_vnd < 1e18 then 'fee_vnd' else 'amount_vnd' end as "column",
            day, {{CountAndIds}}
        from of_period, lateral (select distinct day from unnest(array[{days}]) as day where day is not null) as days
        where not {{HasNumbers}}
        group by 2, 3
        """;

    private static string CountAndIds =>
        $"""cast(count(*) as integer) as count, array_to_string((array_agg(id order by id))[1:{LeftOut.MostNamed}], ' ') as ids""";

    /// <summary>Payments and payouts whose day nobody can tell.</summary>
    public static async Task<List<LeftOut>> FindWithoutTimesAsync(GatewayDbContext db, CancellationToken cancellationToken) =>
        [.. (await db.Database.SqlQueryRaw<LeftOutRow>(WithoutTimes).ToListAsync(cancellationToken)).Select(row => LeftOutOf(row, []))];

    /// <summary>Rows of days whose amount or fee cannot be read.</summary>
    /// <param name="db">The database.</param>
    /// <param name="ofPeriod">The clause that has them as <c>of_period</c>.</param>
    /// <param name="table">Their table.</param>
    /// <param name="dayColumns">The columns of <c>of_period</c> that tell their days.</param>
    /// <param name="period">The parameters of the clause.</param>
    /// <param name="days">The days.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<IEnumerable<LeftOut>> FindWithoutNumbersAsync(
        GatewayDbContext db,
        string ofPeriod,
        string table,
        string dayColumns,
        object[] period,
        IReadOnlyList<BusinessDay> days,
        CancellationToken cancellationToken)
    {
        var query = WithoutNumbers.Replace("{period}", ofPeriod, StringComparison.Ordinal)
            .Replace("{table}", table, StringComparison.Ordinal)
            .Replace("{days}", dayColumns, StringComparison.Ordinal);
        return (await db.Database.SqlQueryRaw<LeftOutRow>(query, period).ToListAsync(cancellationToken))
            .Select(row => LeftOutOf(row, days));
    }

    /// <summary>Whether a value that cannot be read can have caused it.</summary>
    public static bool CanCause(Exception exception) => exception is InvalidCastException or OverflowException
        || exception is InvalidOperationException { InnerException: { } inner } && CanCause(inner);

    private static string Bad(string time) => $"({time} < '1970-01-01' or {time} >= '10000-01-01')";

    // A range and "is null" are each one condition of the same index, so that only such rows are read.
    private static string BadOrNone(string time) => $"({time} is null or {Bad(time)})";

    private static string ColumnOf(string time, string none) => $"case when {time} is null then '{none}' else '{time}' end";

    private static LeftOut LeftOutOf(LeftOutRow row, IReadOnlyList<BusinessDay> days) => new(
        row.Table, row.Column, row.Day is { } day ? days[day - 1].Date : null, row.Count, [.. row.Ids.Split(' ').Select(Guid.Parse)]);
}
