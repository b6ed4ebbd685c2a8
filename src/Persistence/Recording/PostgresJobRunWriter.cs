using System.Collections.Frozen;
using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.Recording;

/// <summary>Writes with binary COPY, on one connection that stays open, and adds to the counts in the same transaction.</summary>
internal sealed class PostgresJobRunWriter(NpgsqlDataSource dataSource, WorkerIdentity worker) : IJobRunWriter
{
    private const string Columns =
        "job_id, run_id, started_at, duration_ms, attempt, status_code, state, round, job_type, queue, reason, merchant_id, event, detail,"
        + " reference, trace_id";

    private const string Copy = $"copy job_runs ({Columns}) from stdin (format binary)";

    private const string InsertMissing =
        $"""
        insert into job_runs ({Columns})
        select * from unnest(@job_id, @run_id, @started_at, @duration_ms, @attempt, @status_code, @state, @round, @job_type, @queue,
            @reason, @merchant_id, @event, @detail, @reference, @trace_id)
        on conflict (job_id, run_id) do nothing
        returning run_id
        """;

    /// <summary>A server that does not answer for so long is treated as gone, and the batch is tried again.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private NpgsqlConnection? _connection;

    public async Task<IReadOnlySet<WaitingWebhook>> WriteAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            var runs = RunsOf(records);
            var counts = JobCount.From(runs, worker.WorkerId);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (runs.Length > 0)
            {
                await CopyAsync(connection, runs, cancellationToken);
            }

            if (records.All(record => record.IsRunAlone))
            {
                // The usual batch, and one round trip less: there is nothing to look at before the end.
                await using var end = new NpgsqlBatch(connection, transaction) { Timeout = (int)Timeout.TotalSeconds };
                JobCountStatements.AddTo(end, counts);
                end.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
                await end.ExecuteNonQueryAsync(cancellationToken);
                return FrozenSet<WaitingWebhook>.Empty;
            }

            var turnedAway = await WriteRestAsync(connection, transaction, records, counts, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return turnedAway;
        }
        catch (Exception failure)
        {
            ReadOnlyServers.Leave(dataSource, failure);
            await DisconnectAsync();
            throw;
        }
    }

    public async Task<IReadOnlySet<WaitingWebhook>> WriteMissingAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var runs = RunsOf(records);
            var newRuns = await InsertMissingAsync(connection, runs, cancellationToken);
            var counts = JobCount.From(runs.Where(run => newRuns.Contains(run.RunId)).DistinctBy(run => run.RunId), worker.WorkerId);
            var missing = records.Select(record => record.IfMissing(newRuns)).OfType<JobRecord>().ToArray();
            var turnedAway = await WriteRestAsync(connection, transaction, missing, counts, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return turnedAway;
        }
        catch (Exception failure)
        {
            ReadOnlyServers.Leave(dataSource, failure);
            await DisconnectAsync();
            throw;
        }
    }

    /// <summary>SQLSTATE class 22 is a data exception, class 23 a broken constraint (PostgreSQL manual, appendix A).</summary>
    public bool IsRefusal(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '2' or '3', ..] };

    public bool IsDuplicate(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public ValueTask DisposeAsync() => DisconnectAsync();

    /// <summary>Writes records, whose runs are not there yet and of no attempts, into a transaction that others have begun.</summary>
    internal static async Task<IReadOnlySet<WaitingWebhook>> WriteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<JobRecord> records, CancellationToken cancellationToken)
    {
        if (RunsOf(records) is { Length: > 0 } runs)
        {
            await CopyAsync(connection, runs, cancellationToken);
        }

        return await WriteRestAsync(connection, transaction, records, counts: [], cancellationToken);
    }

    private static JobRun[] RunsOf(IReadOnlyList<JobRecord> records) => [.. records.Select(record => record.Run).OfType<JobRun>()];

    private static async Task CopyAsync(NpgsqlConnection connection, JobRun[] runs, CancellationToken cancellationToken)
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
            await import.WriteAsync(run.Round, NpgsqlDbType.Smallint, cancellationToken);
            await import.WriteAsync(run.JobType, NpgsqlDbType.Varchar, cancellationToken);
            await import.WriteAsync(run.Queue, NpgsqlDbType.Varchar, cancellationToken);
            await WriteTextAsync(import, run.Reason, cancellationToken);
            await WriteTextAsync(import, run.MerchantId, cancellationToken);
            await WriteTextAsync(import, run.Event, cancellationToken);
            await WriteTextAsync(import, run.Detail, cancellationToken);
            await WriteTextAsync(import, run.Reference, cancellationToken);
            if (run.TraceId is { } traceId)
            {
                await import.WriteAsync(traceId, NpgsqlDbType.Uuid, cancellationToken);
            }
            else
            {
                await import.WriteNullAsync(cancellationToken);
            }
        }

        await import.CompleteAsync(cancellationToken);
    }

    private static async Task<HashSet<Guid>> InsertMissingAsync(
        NpgsqlConnection connection, JobRun[] runs, CancellationToken cancellationToken)
    {
        HashSet<Guid> inserted = [];
        if (runs.Length == 0)
        {
            return inserted;
        }

        await using var command = new NpgsqlCommand(InsertMissing, connection) { CommandTimeout = (int)Timeout.TotalSeconds };
        Add("job_id", NpgsqlDbType.Uuid, run => run.JobId);
        Add("run_id", NpgsqlDbType.Uuid, run => run.RunId);
        Add("started_at", NpgsqlDbType.TimestampTz, run => run.StartedAt);
        Add("duration_ms", NpgsqlDbType.Integer, run => run.DurationMs);
        Add("attempt", NpgsqlDbType.Integer, run => run.Attempt);
        Add("status_code", NpgsqlDbType.Integer, run => run.StatusCode);
        Add("state", NpgsqlDbType.Smallint, run => (short)run.State);
        Add("round", NpgsqlDbType.Smallint, run => run.Round);
        Add("job_type", NpgsqlDbType.Varchar, run => run.JobType);
        Add("queue", NpgsqlDbType.Varchar, run => run.Queue);
        Add("reason", NpgsqlDbType.Varchar, run => run.Reason);
        Add("merchant_id", NpgsqlDbType.Varchar, run => run.MerchantId);
        Add("event", NpgsqlDbType.Varchar, run => run.Event);
        Add("detail", NpgsqlDbType.Varchar, run => run.Detail);
        Add("reference", NpgsqlDbType.Varchar, run => run.Reference);
        Add("trace_id", NpgsqlDbType.Uuid, run => run.TraceId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            inserted.Add(reader.GetGuid(0));
        }

        return inserted;

        void Add<T>(string name, NpgsqlDbType type, Func<JobRun, T> value) =>
            command.Parameters.Add(new NpgsqlParameter<T[]>(name, NpgsqlDbType.Array | type) { TypedValue = [.. runs.Select(value)] });
    }

    private static async Task<IReadOnlySet<WaitingWebhook>> WriteRestAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        IReadOnlyList<JobRecord> records,
        IReadOnlyList<JobCount> counts,
        CancellationToken cancellationToken)
    {
        var rest = new RecordsOfCommit(records, TimeProvider.System.GetUtcNow().UtcDateTime);
        if (rest.Endpoints.Count > 0)
        {
            await using var end = new NpgsqlCommand(AbandonedTransaction.End, connection, transaction);
            await end.ExecuteNonQueryAsync(cancellationToken);
            rest.Messages.AddRange(await EndpointChangeStatements.ApplyAsync(connection, transaction, rest.Endpoints, cancellationToken));
        }

        await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = (int)Timeout.TotalSeconds };
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AbandonedTransaction.End));
        var entering = PostgresStatements.AddTo(batch, rest);
        JobCountStatements.AddTo(batch, counts);
        await batch.ExecuteNonQueryAsync(cancellationToken);

        if (entering is not null && entering.RecordsAffected < rest.Entering.Count)
        {
            await foreach (var key in PostgresStatements.FindTakenPlacesAsync(connection, transaction, rest, cancellationToken))
            {
                rest.TurnAway(key);
            }
        }

        return rest.TurnedAway;
    }

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
