using System.Text.Json;
using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Payments;

/// <summary>Some of the payments whose time is over, the oldest first, and the statements that find and expire them.</summary>
/// <param name="From">UTC; the earliest end of their time.</param>
/// <param name="Until">UTC; the latest, which is now.</param>
/// <param name="Limit">The most payments.</param>
/// <param name="Except">The ids of payments that are left out.</param>
internal sealed record DuePayments(DateTime From, DateTime Until, int Limit, Guid[] Except)
{
    private const string Columns =
        """
        payments.id as payment_id, merchant_id, payment_reference, order_id, status, amount_vnd, amount_crypto, currency, chain, created_at,
        expires_at, updated_at as expired_at
        """;

    private const string DueOnPostgres =
        """
        select id as "Value" from payments
        where status in ('created', 'pending') and deleted_at is null
            and expires_at >= cast({0} as timestamptz) at time zone 'utc' and expires_at <= cast({1} as timestamptz) at time zone 'utc'
            and id <> all({3}) and (cardinality({4}) = 0 or id = any({4}))
        order by expires_at limit {2}
        """;

    // A payment that the gateway or another worker has in its hands is left out: it comes with the next tick, if it is still due then.
    // "for update" looks at the status again, as it is once the row is locked.
    private const string ExpireOnPostgres =
        $$"""
        with due as ({{DueOnPostgres}} for update skip locked)
        update payments set status = 'expired', updated_at = cast({1} as timestamptz) at time zone 'utc'
        from due where payments.id = due."Value"
        returning {{Columns}}
        """;

    private const string DueOnSqlite =
        """
        select id as "Value" from payments
        where status in ('created', 'pending') and deleted_at is null and expires_at >= {0} and expires_at <= {1}
            and id not in (select value from json_each({3})) and ({4} = '[]' or id in (select value from json_each({4})))
        order by expires_at limit {2}
        """;

    private const string ExpireOnSqlite =
        $$"""
        update payments set status = 'expired', updated_at = {1}
        where id in ({{DueOnSqlite}})
        returning {{Columns}}
        """;

    /// <summary>The only payments that are looked at; empty for all that are due.</summary>
    public Guid[] Only { get; init; } = [];

    /// <summary>Expires the payments, and returns those that it has expired.</summary>
    public Task<List<ExpiredPayment>> ExpireAsync(GatewayDbContext db, CancellationToken cancellationToken) =>
        db.Database.SqlQueryRaw<ExpiredPayment>(db.Database.IsNpgsql() ? ExpireOnPostgres : ExpireOnSqlite, Parameters(db))
            .ToListAsync(cancellationToken);

    /// <summary>The ids of these payments.</summary>
    public async Task<Guid[]> ReadIdsAsync(GatewayDbContext db, CancellationToken cancellationToken) =>
        [
            .. await db.Database.SqlQueryRaw<Guid>(db.Database.IsNpgsql() ? DueOnPostgres : DueOnSqlite, Parameters(db))
                .ToListAsync(cancellationToken),
        ];

    // As SQLite keeps ids.
    internal static string AsText(Guid[] ids) => JsonSerializer.Serialize(ids.Select(id => id.ToString().ToUpperInvariant()));

    private object[] Parameters(GatewayDbContext db) => db.Database.IsNpgsql()
        ? [From, Until, Limit, Except, Only]
        : [From, Until, Limit, AsText(Except), AsText(Only)];
}
