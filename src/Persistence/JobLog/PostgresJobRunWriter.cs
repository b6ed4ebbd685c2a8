using System.Buffers;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.JobLog;

/// <summary>Writes with binary COPY, on one connection that stays open. A COPY outside a transaction commits when it completes.</summary>
internal sealed class PostgresJobRunWriter(NpgsqlDataSource dataSource) : IJobRunWriter
{
    private const string Copy = $"copy job_runs ({BinaryCopy.Columns}) from stdin (format binary)";

    private const string InsertMissing =
        $"""
        insert into job_runs ({BinaryCopy.Columns})
        select * from unnest(@job_id, @run_id, @started_at, @duration_ms, @attempt, @status_code, @state, @job_type, @queue, @reason, @merchant_id, @event, @detail)
        on conflict (job_id, run_id) do nothing
        """;

    /// <summary>A server that does not answer for so long is treated as gone, and the batch is tried again.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private NpgsqlConnection? _connection;

    public async Task WriteAsync(IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            _buffer.ResetWrittenCount();
            BinaryCopy.Write(_buffer, runs);
            var copy = await connection.BeginRawBinaryCopyAsync(Copy, cancellationToken);
            copy.WriteTimeout = copy.ReadTimeout = (int)Timeout.TotalMilliseconds;
            await copy.WriteAsync(_buffer.WrittenMemory, cancellationToken);

            // This ends the copy, and throws when the server refuses it. After a failure above it must not be reached.
            await copy.DisposeAsync();
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
    }

    public async Task WriteMissingAsync(IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
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

            void Add<T>(string name, NpgsqlDbType type, Func<JobRun, T> value) =>
                command.Parameters.Add(new NpgsqlParameter<T[]>(name, NpgsqlDbType.Array | type) { TypedValue = [.. runs.Select(value)] });
        }
        catch
        {
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
