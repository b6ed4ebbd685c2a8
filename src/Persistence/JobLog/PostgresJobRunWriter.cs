using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.JobLog;

/// <summary>Writes with binary COPY, on one connection that stays open. A COPY outside a transaction commits when it completes.</summary>
internal sealed class PostgresJobRunWriter(NpgsqlDataSource dataSource) : IJobRunWriter
{
    private const string Columns =
        "job_id, run_id, started_at, duration_ms, attempt, status_code, state, job_type, queue, reason, merchant_id, event, detail";

    private const string Copy = $"copy job_runs ({Columns}) from stdin (format binary)";

    private const string InsertMissing =
        $"""
        insert into job_runs ({Columns})
        select * from unnest(@job_id, @run_id, @started_at, @duration_ms, @attempt, @status_code, @state, @job_type, @queue, @reason, @merchant_id, @event, @detail)
        on conflict (job_id, run_id) do nothing
        """;

    private const string InsertKept =
        """
        insert into kept_webhooks (delivery_id, merchant_id, event, payload, occurred_at, kept_at)
        select * from unnest(@delivery_id, @merchant_id, @event, @payload, @occurred_at, @kept_at)
        on conflict (delivery_id) do nothing
        """;

    /// <summary>A server that does not answer for so long is treated as gone, and the batch is tried again.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private NpgsqlConnection? _connection;

    public async Task WriteAsync(IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            await using var transaction = await BeginIfKeptAsync(connection, runs, cancellationToken);
            await CopyAsync(connection, runs, cancellationToken);
            await KeepAsync(connection, transaction, runs, cancellationToken);
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
    }

    private static async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        await using var import = await connection.BeginBinaryImportAsync(Copy, cancellationToken);
        import.Timeout = Timeout;
        foreach (var run in runs)
        {
            await import.StartRowAsync(cancellationToken);
            await import.WriteAsync(run.JobId, NpgsqlDbType.Uuid, cancellationToken);
            await import.WriteAsync(run.RunId, NpgsqlDbType.Uuid, cancellationToken);
            await import.WriteAsync(run.StartedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await import.WriteAsync(run.DurationMs, NpgsqlDbType.Integer, cancellationToken);
            await import.WriteAsync(run.Attempt, NpgsqlDbType.Integer, cancellationToken);
            if (run.StatusCode is { } statusCode)
            {
                await import.WriteAsync(statusCode, NpgsqlDbType.Integer, cancellationToken);
            }
            else
            {
                await import.WriteNullAsync(cancellationToken);
            }

            await import.WriteAsync((short)run.State, NpgsqlDbType.Smallint, cancellationToken);
            await import.WriteAsync(run.JobType, NpgsqlDbType.Varchar, cancellationToken);
            await import.WriteAsync(run.Queue, NpgsqlDbType.Varchar, cancellationToken);
            await WriteTextAsync(import, run.Reason, cancellationToken);
            await WriteTextAsync(import, run.MerchantId, cancellationToken);
            await WriteTextAsync(import, run.Event, cancellationToken);
            await WriteTextAsync(import, run.Detail, cancellationToken);
        }

        await import.CompleteAsync(cancellationToken);
    }

    public async Task WriteMissingAsync(IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            await using var transaction = await BeginIfKeptAsync(connection, runs, cancellationToken);
            await using var command = new NpgsqlCommand(InsertMissing, connection) { CommandTimeout = (int)Timeout.TotalSeconds };
            Add("job_id", NpgsqlDbType.Uuid, run => run.JobId);
            Add("run_id", NpgsqlDbType.Uuid, run => run.RunId);
            Add("started_at", NpgsqlDbType.TimestampTz, run => run.StartedAt);
            Add("duration_ms", NpgsqlDbType.Integer, run => run.DurationMs);
            Add("attempt", NpgsqlDbType.Integer, run => run.Attempt);
            Add("status_code", NpgsqlDbType.Integer, run => run.StatusCode);
            Add("state", NpgsqlDbType.Smallint, run => (short)run.State);
            Add("job_type", NpgsqlDbType.Varchar, run => run.JobType);
            Add("queue", NpgsqlDbType.Varchar, run => run.Queue);
            Add("reason", NpgsqlDbType.Varchar, run => run.Reason);
            Add("merchant_id", NpgsqlDbType.Varchar, run => run.MerchantId);
            Add("event", NpgsqlDbType.Varchar, run => run.Event);
            Add("detail", NpgsqlDbType.Varchar, run => run.Detail);
            await command.ExecuteNonQueryAsync(cancellationToken);
            await KeepAsync(connection, transaction, runs, cancellationToken);

            void Add<T>(string name, NpgsqlDbType type, Func<JobRun, T> value) =>
                command.Parameters.Add(new NpgsqlParameter<T[]>(name, NpgsqlDbType.Array | type) { TypedValue = [.. runs.Select(value)] });
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
    }

    // Rare, so the usual batch is a COPY alone, which commits by itself.
    private static async ValueTask<NpgsqlTransaction?> BeginIfKeptAsync(NpgsqlConnection connection, IReadOnlyList<JobRun> runs, CancellationToken cancellationToken) =>
        runs.Any(run => run.Webhook is not null) ? await connection.BeginTransactionAsync(cancellationToken) : null;

    private static async Task KeepAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        if (transaction is null)
        {
            return;
        }

        // In one order, so that two workers that keep the same webhooks do not wait for each other crosswise.
        JobRun[] kept = [.. runs.Where(run => run.Webhook is not null).DistinctBy(run => run.JobId).OrderBy(run => run.JobId)];
        await using var command = new NpgsqlCommand(InsertKept, connection, transaction) { CommandTimeout = (int)Timeout.TotalSeconds };
        Add("delivery_id", NpgsqlDbType.Uuid, run => run.JobId);
        Add("merchant_id", NpgsqlDbType.Varchar, run => StorableText.From(run.Webhook!.MerchantId, JobRun.NameLength));
        Add("event", NpgsqlDbType.Varchar, run => StorableText.From(run.Webhook!.Event, JobRun.NameLength));
        Add("payload", NpgsqlDbType.Text, run => run.Webhook!.Payload);
        Add("occurred_at", NpgsqlDbType.Varchar, run => run.Webhook!.OccurredAt);
        Add("kept_at", NpgsqlDbType.TimestampTz, run => run.StartedAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        void Add<T>(string name, NpgsqlDbType type, Func<JobRun, T> value) =>
            command.Parameters.Add(new NpgsqlParameter<T[]>(name, NpgsqlDbType.Array | type) { TypedValue = [.. kept.Select(value)] });
    }

    /// <summary>SQLSTATE class 22 is a data exception, class 23 a broken constraint (PostgreSQL manual, appendix A).</summary>
    public bool IsRefusal(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '2' or '3', ..] };

    public bool IsDuplicate(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public ValueTask DisposeAsync() => DisconnectAsync();

    private static Task WriteTextAsync(NpgsqlBinaryImporter import, string? text, CancellationToken cancellationToken) =>
        text is null ? import.WriteNullAsync(cancellationToken) : import.WriteAsync(text, NpgsqlDbType.Varchar, cancellationToken);

    private async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) =>
        _connection ??= await dataSource.OpenConnectionAsync(cancellationToken);

    /// <summary>After any failure the next batch starts on a connection that the pool has checked.</summary>
    private async ValueTask DisconnectAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
