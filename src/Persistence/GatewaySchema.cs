using Gateway.Persistence.GatewayTables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Gateway.Persistence;

/// <summary>Brings the database to the shape that this version needs, and tells whether it has it.</summary>
public sealed class GatewaySchema(IDbContextFactory<GatewayDbContext> contexts)
{
    internal const string HistoryTable = "worker_migrations";

    /// <summary>The tables that are the gateway's, where there is a gateway.</summary>
    internal static readonly string[] GatewaysTables = ["merchants", "payments", "payouts", "wallet_balance_snapshots"];

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Creates what is missing: on an empty database everything, on the gateway's database, which is one with any of its tables, only the
    /// worker's own tables. A table that the gateway made is never touched, and what it lacks is the gateway's to add. Safe to call again,
    /// and from several workers at once. What a migration that was broken off had done stays, and the next one goes on from there.
    /// </summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="waits">Is told at once, and then every five seconds, for how long and for whom it waits.</param>
    /// <exception cref="TimeoutException">Another one migrates the same database and has not ended within ten minutes.</exception>
    /// <exception cref="PreviewDatabaseException">A preview has made the tables.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken, Action<MigrationWait>? waits = null)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (db.Database.IsSqlite())
        {
            // Readers and the writer of one process do not block each other in this mode; the file remembers it.
            await db.Database.EnsureCreatedAsync(cancellationToken);
            await db.Database.ExecuteSqlRawAsync("pragma journal_mode = wal", cancellationToken);
            // Where the file has any table, nothing was created.
            if (await FindMissingAsync(db, cancellationToken) is { Count: > 0 } missing)
            {
                throw PreviewDatabaseException.OfFile(db.Database.GetDbConnection().DataSource, missing);
            }
        }
        else
        {
            await MigratePostgresAsync(db.Database, waits, cancellationToken);
        }
    }

    /// <summary>What this version needs and the database does not have: migrations, tables and columns. Empty when all is there.</summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    /// <exception cref="PreviewDatabaseException">A preview has made the tables.</exception>
    public async Task<IReadOnlyList<MissingPart>> FindMissingAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindMissingAsync(db, cancellationToken);
    }

    /// <summary>
    /// Tables of the schema, and columns of <c>merchants</c>, that the worker did not make: a gateway's database has some of both. Always
    /// empty for a SQLite file, which is the worker's own.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<IReadOnlyList<string>> FindForeignAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (db.Database.IsSqlite())
        {
            return [];
        }

        string[] tables = [HistoryTable, .. db.Model.GetEntityTypes().Select(entity => entity.GetTableName()!)];
        var merchant = db.Model.FindEntityType(typeof(Merchant))!;
        string[] columns = [.. merchant.GetProperties().Select(property => property.GetColumnName())];
        // qrtz_: the tables of the scheduling library.
        return await db.Database.SqlQuery<string>(
            $"""
            select 'table ' || c.relname as "Value" from pg_catalog.pg_class c
            where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'f', 'v', 'm')
                and c.relname <> all ({tables}) and c.relname not like 'qrtz\_%'
            union all
            select 'column merchants.' || a.attname from pg_catalog.pg_attribute a
            where a.attrelid = to_regclass('merchants') and a.attnum > 0 and not a.attisdropped and a.attname <> all ({columns})
            """).ToListAsync(cancellationToken);
    }

    /// <summary>Whether the database answers and takes no writes, as a standby does.</summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<bool> IsReadOnlyAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return db.Database.IsNpgsql()
            && await db.Database.SqlQuery<bool>($"select current_setting('transaction_read_only')::boolean as \"Value\"")
                .SingleAsync(cancellationToken);
    }

    private static async Task<IReadOnlyList<MissingPart>> FindMissingAsync(GatewayDbContext db, CancellationToken cancellationToken)
    {
        List<MissingPart> missing = [];
        if (db.Database.IsNpgsql())
        {
            await RefusePreviewAsync(db.Database, cancellationToken);
            missing.AddRange((await db.Database.GetPendingMigrationsAsync(cancellationToken))
                .Select(name => new MissingPart($"migration {name}", IsGateways: false)));
        }

        var tables = db.Model.GetEntityTypes().ToLookup(entity => entity.GetTableName()!, entity => entity);
        var names = tables.Select(table => table.Key).ToArray();
        var present = (await Columns(db, names).ToListAsync(cancellationToken))
            .ToLookup(column => column.TableName, column => column.ColumnName);
        // Where there is none of its tables there is no gateway, and the worker makes them.
        var isGateways = db.Database.IsNpgsql() && GatewaysTables.Any(present.Contains);
        foreach (var table in tables)
        {
            var isOfGateway = isGateways && GatewaysTables.Contains(table.Key);
            if (!present.Contains(table.Key))
            {
                missing.Add(new MissingPart($"table {table.Key}", isOfGateway));
                continue;
            }

            missing.AddRange(table.SelectMany(entity => entity.GetProperties())
                .ExceptBy(present[table.Key], property => property.GetColumnName())
                .Select(property => new MissingPart(
                    $"column {table.Key}.{property.GetColumnName()} {property.GetColumnType()}", isOfGateway)));
        }

        return missing;
    }

    // What an earlier release has done is among the migrations of each later one; only a preview's are not.
    private static async Task RefusePreviewAsync(DatabaseFacade database, CancellationToken cancellationToken)
    {
        var oldest = database.GetMigrations().First();
        var applied = await database.GetAppliedMigrationsAsync(cancellationToken);
        if (applied.Where(id => string.CompareOrdinal(id, oldest) < 0).Max(StringComparer.Ordinal) is { } last)
        {
            throw PreviewDatabaseException.OfPostgres(last);
        }
    }

    private async Task MigratePostgresAsync(DatabaseFacade database, Action<MigrationWait>? waits, CancellationToken cancellationToken)
    {
        // EF Core's lock of its history table alone was not enough: of eight workers that started together, one failed because
        // job_runs existed already.
        await using var turn = await WaitForTurnAsync(waits, cancellationToken);
        await RefusePreviewAsync(database, cancellationToken);
        // An index on a large table takes as long as it takes, and keeps nobody from working.
        database.SetCommandTimeout(0);
        await database.MigrateAsync(cancellationToken);
    }

    private async Task<DatabaseLock> WaitForTurnAsync(Action<MigrationWait>? waits, CancellationToken cancellationToken)
    {
        var (time, began, toldAt) = (TimeProvider.System, TimeProvider.System.GetTimestamp(), (long?)null);
        while (true)
        {
            if (await DatabaseLock.TryTakeAsync(contexts, HistoryTable, cancellationToken) is { } turn)
            {
                return turn;
            }

            var waited = time.GetElapsedTime(began);
            var holders = await DatabaseLock.FindHoldersAsync(contexts, HistoryTable, cancellationToken);
            if (waited > LongestWait)
            {
                throw new TimeoutException(
                    $"Another migration of this database has not ended within {LongestWait.TotalMinutes:0} minutes: "
                    + $"{string.Join("; ", holders)}.");
            }

            if (toldAt is null || time.GetElapsedTime(toldAt.Value) >= TellInterval)
            {
                toldAt = time.GetTimestamp();
                waits?.Invoke(new MigrationWait(waited, LongestWait, holders));
            }

            await Task.Delay(LookInterval, time, cancellationToken);
        }
    }

    private static IQueryable<PresentColumn> Columns(GatewayDbContext db, string[] tables) => db.Database.IsSqlite()
        ? db.Database.SqlQuery<PresentColumn>(
            $"""
            select t.name as table_name, c.name as column_name
            from sqlite_schema t join pragma_table_info(t.name) c
            where t.type = 'table' and t.name in (select value from json_each({System.Text.Json.JsonSerializer.Serialize(tables)}))
            """)
        // Not information_schema, which hides a table from a role that may not read it.
        : db.Database.SqlQuery<PresentColumn>(
            $"""
            select t.name as table_name, a.attname::text as column_name
            from unnest({tables}) as t (name) join pg_catalog.pg_attribute a on a.attrelid = to_regclass(t.name)
            where a.attnum > 0 and not a.attisdropped
            """);

    private sealed record PresentColumn(string TableName, string ColumnName);
}
