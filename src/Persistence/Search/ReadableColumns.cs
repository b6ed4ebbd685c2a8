using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Search;

/// <summary>
/// Tells whether the gateway's tables can be searched by a column in no time: it has an index, or the table is small. Which indexes there
/// are is the gateway's business.
/// </summary>
internal static class ReadableColumns
{
    // Read whole in some 50 ms.
    private const int SmallTable = 32 * 1024 * 1024;

    /// <summary>Whether rows are found by the whole value of a column.</summary>
    public static Task<bool> CanFindAsync(GatewayDbContext db, string table, string column, CancellationToken cancellationToken) =>
        db.Database.IsSqlite()
            ? Task.FromResult(true)
            : db.Database.SqlQuery<bool>(
                $"""
                select pg_relation_size(to_regclass({table})) < {SmallTable} or exists (
                    select from pg_catalog.pg_index i
                    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                    join pg_catalog.pg_class c on c.oid = i.indexrelid
                    join pg_catalog.pg_am m on m.oid = c.relam
                    where i.indrelid = to_regclass({table}) and a.attname = {column} and i.indisvalid and m.amname in ('btree', 'hash')
                        and (i.indpred is null
                            or pg_get_expr(i.indpred, i.indrelid) in (format('(%I IS NOT NULL)', {column}), '(deleted_at IS NULL)'))
                ) as "Value"
                """).SingleAsync(cancellationToken);

    /// <summary>Whether all rows may be looked at.</summary>
    public static Task<bool> IsSmallAsync(GatewayDbContext db, string table, CancellationToken cancellationToken) => db.Database.IsSqlite()
        ? Task.FromResult(true)
        : db.Database.SqlQuery<bool>($"""select pg_relation_size(to_regclass({table})) < {SmallTable} as "Value" """)
            .SingleAsync(cancellationToken);
}
