using System.Globalization;
using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Payments;

/// <summary>A payment that is due and has not expired.</summary>
/// <param name="Reason">One of <see cref="NotExpiredReason"/>.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="Words">What the database said, if it said something.</param>
internal sealed record NotExpired(string Reason, Guid PaymentId, string? Words = null)
{
    /// <summary>So many of one reason are named; the others are counted.</summary>
    public const int MostNamed = 3;

    /// <summary>A row that is in somebody's hands for less comes with the next tick.</summary>
    public static readonly TimeSpan LockedAfter = TimeSpan.FromMinutes(10);

    private const string Heading = "; due and not expired: ";

    private const string Left =
        """
        select reason, payment_id, cast(null as text) as words, count from (
            select reason, payment_id, cast(count(*) over (partition by reason) as integer) as count,
                row_number() over (partition by reason order by expires_at, payment_id) as place
            from (
                select id as payment_id, expires_at,
                    case when expires_at is null then 'no_time' when expires_at < {epoch} then 'before_1970' else 'locked' end as reason
                from payments
                where status in ('created', 'pending') and deleted_at is null
                    and (expires_at is null or expires_at < {epoch} or expires_at <= {due}) and {others}
            ) as payment
        ) as placed
        where place <= {2}
        """;

    private static readonly string LeftOnPostgres = Left
        .Replace("{epoch}", "cast({0} as timestamptz) at time zone 'utc'", StringComparison.Ordinal)
        .Replace("{due}", "cast({1} as timestamptz) at time zone 'utc'", StringComparison.Ordinal)
        .Replace("{others}", "id <> all({3})", StringComparison.Ordinal);

    private static readonly string LeftOnSqlite = Left
        .Replace("{epoch}", "{0}", StringComparison.Ordinal)
        .Replace("{due}", "{1}", StringComparison.Ordinal)
        .Replace("{others}", "id not in (select value from json_each({3}))", StringComparison.Ordinal);

    /// <summary>How many there are of the reason.</summary>
    public int Count { get; init; } = 1;

    /// <summary>
    /// Finds what a run has left, up to <see cref="MostNamed"/> of each reason. To be asked once nothing more can be expired: then a row
    /// that has been due for long was left out because it is locked.
    /// </summary>
    /// <param name="db">The database.</param>
    /// <param name="now">UTC; the run's time.</param>
    /// <param name="refused">Those whose reasons are known.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static Task<List<NotExpired>> ReadAsync(
        GatewayDbContext db, DateTime now, Guid[] refused, CancellationToken cancellationToken) =>
        db.Database.SqlQueryRaw<NotExpired>(
            db.Database.IsNpgsql() ? LeftOnPostgres : LeftOnSqlite,
            DateTime.UnixEpoch,
            now - LockedAfter,
            MostNamed,
            db.Database.IsNpgsql() ? refused : DuePayments.AsText(refused)).ToListAsync(cancellationToken);

    /// <summary>How many of which reason, and some of their ids, as the end of a sentence; empty when there is none.</summary>
    public static string Describe(IEnumerable<NotExpired> payments)
    {
        var reasons = payments.GroupBy(payment => payment.Reason).Select(reason => string.Create(
            CultureInfo.InvariantCulture,
            $"{reason.Key}: {reason.First().Count}: {string.Join(", ", reason)}{(reason.First().Count > reason.Count() ? ", …" : "")}"));
        var described = string.Join("; ", reasons);
        return described.Length == 0 ? "" : $"{Heading}{described}";
    }

    /// <summary>The same words in what a run has told, without what stands before them; null where it left none.</summary>
    public static string? FindIn(string? told) =>
        told?.IndexOf(Heading, StringComparison.Ordinal) is >= 0 and var start ? told[(start + Heading.Length)..] : null;

    /// <summary>The id, with the database's words.</summary>
    public override string ToString() => Words is null ? $"{PaymentId}" : $"{PaymentId} ({Words})";
}
