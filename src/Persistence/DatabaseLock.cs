using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Gateway.Persistence;

/// <summary>
/// What one of several processes that share a PostgreSQL database may do at a time. The lock belongs to a transaction, which has a
/// connection of its own and does nothing else: so it ends with a process that dies, and it holds through PgBouncer in transaction mode,
/// where a session's lock would stay behind on a connection of somebody else.
/// </summary>
public sealed class DatabaseLock : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly GatewayDbContext _db;
    private readonly IDbContextTransaction _transaction;

    private DatabaseLock(GatewayDbContext db, IDbContextTransaction transaction) => (_db, _transaction) = (db, transaction);

    /// <summary>Takes the lock, and waits for it where somebody has it.</summary>
    public static async Task<DatabaseLock> TakeAsync(
        IDbContextFactory<GatewayDbContext> contexts, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryTakeAsync(contexts, name, cancellationToken) is { } taken)
            {
                return taken;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>
    /// Takes the lock, or returns null when somebody has it. It never waits: a statement that waits keeps an index from being built.
    /// </summary>
    public static async Task<DatabaseLock?> TryTakeAsync(
        IDbContextFactory<GatewayDbContext> contexts, string name, CancellationToken cancellationToken)
    {
        var db = await contexts.CreateDbContextAsync(cancellationToken);
        DatabaseLock? taken = null;
        try
        {
            var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            // A server that ends long transactions must not end this one. The setting is new in PostgreSQL 17.
            await db.Database.ExecuteSqlAsync(
                $"select set_config(name, '0', true) from pg_settings where name = 'transaction_timeout'", cancellationToken);
            // But of a worker that is gone without a word the server is to hear within half a minute.
            await db.Database.ExecuteSqlAsync(
                $"set local tcp_keepalives_idle = 10; set local tcp_keepalives_interval = 5; set local tcp_keepalives_count = 3",
                cancellationToken);
            var isMine = await db.Database.SqlQuery<bool>($"""select pg_try_advisory_xact_lock(hashtext({name})) as "Value" """)
                .SingleAsync(cancellationToken);
            if (isMine)
            {
                // Nor one that ends idle ones. It comes last: the snapshot of a query stays until the next statement, and an index that is
                // built concurrently would wait for it.
                await db.Database.ExecuteSqlAsync($"set local idle_in_transaction_session_timeout = 0", cancellationToken);
                taken = new DatabaseLock(db, transaction);
            }

            return taken;
        }
        finally
        {
            if (taken is null)
            {
                await db.DisposeAsync();
            }
        }
    }

    /// <summary>Who has the lock.</summary>
    public static async Task<IReadOnlyList<LockHolder>> FindHoldersAsync(
        IDbContextFactory<GatewayDbContext> contexts, string name, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // The two halves of the key stand in two columns (PostgreSQL manual, pg_locks).
        return await db.Database.SqlQuery<LockHolder>(
            $"""
            select pid as process_id, coalesce(application_name, '') as application, host(client_addr) as address, xact_start as since
            from pg_locks join pg_stat_activity using (pid)
            where locktype = 'advisory' and granted and objsubid = 1
                and pg_locks.database = (select oid from pg_database where datname = current_database())
                and classid::bigint = (hashtext({name})::bigint >> 32) & 4294967295
                and objid::bigint = hashtext({name})::bigint & 4294967295
            """).ToListAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _db.DisposeAsync();
    }
}
