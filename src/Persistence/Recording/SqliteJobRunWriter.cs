using Gateway.Persistence.Conversion;
using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Microsoft.Data.Sqlite;

namespace Gateway.Persistence.Recording;

/// <summary>Writes each batch in one transaction, on one connection that stays open.</summary>
internal sealed class SqliteJobRunWriter(string connectionString, WorkerIdentity worker) : IJobRunWriter
{
    private const string Insert =
        """
        insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, status_code, state, round, job_type, queue, reason,
            merchant_id, event, detail, reference, trace_id)
        values (@job_id, @run_id, @started_at, @duration_ms, @attempt, @status_code, @state, @round, @job_type, @queue, @reason,
            @merchant_id, @event, @detail, @reference, @trace_id)
        """;

    private const string InsertMissing = $"{Insert} on conflict (job_id, run_id) do nothing";

    private SqliteConnection? _connection;

    public Task<IReadOnlySet<WaitingWebhook>> WriteAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) =>
        WriteAsync(Insert, records, cancellationToken);

    public Task<IReadOnlySet<WaitingWebhook>> WriteMissingAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) =>
        WriteAsync(InsertMissing, records, cancellationToken);

    public bool IsRefusal(Exception exception) => exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT };

    public bool IsDuplicate(Exception exception) => exception is SqliteException
    {
        SqliteExtendedErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT_PRIMARYKEY or SQLitePCL.raw.SQLITE_CONSTRAINT_UNIQUE
    };

    public ValueTask DisposeAsync() => DisconnectAsync();

    /// <summary>Writes records, whose runs are not there yet and of no attempts, into a transaction that others have begun.</summary>
    internal static Task WriteAsync(
        SqliteConnection connection,
        SqliteTransaction transaction,
        IReadOnlyList<JobRecord> records,
        CancellationToken cancellationToken) =>
        WriteAsync(connection, transaction, Insert, records, cancellationToken);

    private async Task<IReadOnlySet<WaitingWebhook>> WriteAsync(
        string sql, IReadOnlyList<JobRecord> records, CancellationToken cancellationToken)
    {
        try
        {
            if (_connection is null)
            {
                _connection = new SqliteConnection(connectionString);
                await _connection.OpenAsync(cancellationToken);
            }

            // It takes the one place of a writer at once, where it can be waited for.
            await using var transaction = _connection.BeginTransaction(deferred: false);
            var (turnedAway, written) = await WriteAsync(_connection, transaction, sql, records, cancellationToken);
            await JobCountStatements.ExecuteAsync(_connection, transaction, JobCount.From(written, worker.WorkerId), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return turnedAway;
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
    }

    private static async Task<(IReadOnlySet<WaitingWebhook> TurnedAway, IReadOnlyList<JobRun> Written)> WriteAsync(
        SqliteConnection connection,
        SqliteTransaction transaction,
        string sql,
        IReadOnlyList<JobRecord> records,
        CancellationToken cancellationToken)
    {
        HashSet<Guid> newRuns = [];
        List<JobRun> written = [];
        foreach (var run in records.Select(record => record.Run).OfType<JobRun>())
        {
            if (await InsertAsync(connection, transaction, sql, run, cancellationToken))
            {
                newRuns.Add(run.RunId);
                written.Add(run);
            }
        }

        var rest = new RecordsOfCommit(
            [.. records.Select(record => record.IfMissing(newRuns)).OfType<JobRecord>()], TimeProvider.System.GetUtcNow().UtcDateTime);
        rest.Messages.AddRange(await EndpointChangeStatements.ApplyAsync(connection, transaction, rest.Endpoints, cancellationToken));
        await SqliteStatements.ExecuteAsync(connection, transaction, rest, cancellationToken);
        return (rest.TurnedAway, written);
    }

    private static async Task<bool> InsertAsync(
        SqliteConnection connection, SqliteTransaction transaction, string sql, JobRun run, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        command.Parameters.AddWithValue("job_id", run.JobId);
        command.Parameters.AddWithValue("run_id", run.RunId);
        command.Parameters.AddWithValue("started_at", UtcTime.Checked(run.StartedAt));
        command.Parameters.AddWithValue("duration_ms", run.DurationMs);
        command.Parameters.AddWithValue("attempt", run.Attempt);
        command.Parameters.AddWithValue("status_code", (object?)run.StatusCode ?? DBNull.Value);
        command.Parameters.AddWithValue("state", (short)run.State);
        command.Parameters.AddWithValue("round", run.Round);
        command.Parameters.AddWithValue("job_type", run.JobType);
        command.Parameters.AddWithValue("queue", run.Queue);
        command.Parameters.AddWithValue("reason", (object?)run.Reason ?? DBNull.Value);
        command.Parameters.AddWithValue("merchant_id", (object?)run.MerchantId ?? DBNull.Value);
        command.Parameters.AddWithValue("event", (object?)run.Event ?? DBNull.Value);
        command.Parameters.AddWithValue("detail", (object?)run.Detail ?? DBNull.Value);
        command.Parameters.AddWithValue("reference", (object?)run.Reference ?? DBNull.Value);
        command.Parameters.AddWithValue("trace_id", (object?)run.TraceId ?? DBNull.Value);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
