using Microsoft.Data.Sqlite;

namespace Gateway.Persistence.JobLog;

/// <summary>Writes each batch in one transaction, with one prepared statement, on one connection that stays open.</summary>
internal sealed class SqliteJobRunWriter(string connectionString) : IJobRunWriter
{
    private const string Insert =
        """
        insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, status_code, state, job_type, queue, reason, merchant_id, event, detail)
        values (@job_id, @run_id, @started_at, @duration_ms, @attempt, @status_code, @state, @job_type, @queue, @reason, @merchant_id, @event, @detail)
        """;

    private const string Keep =
        """
        insert into kept_webhooks (delivery_id, merchant_id, event, payload, occurred_at, kept_at)
        values (@delivery_id, @merchant_id, @event, @payload, @occurred_at, @kept_at)
        on conflict (delivery_id) do nothing
        """;

    private const string InsertMissing = $"{Insert} on conflict (job_id, run_id) do nothing";

    private SqliteConnection? _connection;

    public Task WriteAsync(IReadOnlyList<JobRun> runs, CancellationToken cancellationToken) => WriteAsync(Insert, runs, cancellationToken);

    public Task WriteMissingAsync(IReadOnlyList<JobRun> runs, CancellationToken cancellationToken) => WriteAsync(InsertMissing, runs, cancellationToken);

    public bool IsRefusal(Exception exception) => exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT };

    public bool IsDuplicate(Exception exception) => exception is SqliteException
    {
        SqliteExtendedErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT_PRIMARYKEY or SQLitePCL.raw.SQLITE_CONSTRAINT_UNIQUE
    };

    public ValueTask DisposeAsync() => DisconnectAsync();

    private async Task WriteAsync(string sql, IReadOnlyList<JobRun> runs, CancellationToken cancellationToken)
    {
        try
        {
            if (_connection is null)
            {
                _connection = new SqliteConnection(connectionString);
                await _connection.OpenAsync(cancellationToken);
            }

            await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
            await using var command = _connection.CreateCommand();
            command.CommandText = sql;
            foreach (var run in runs)
            {
                command.Parameters.Clear();
                command.Parameters.AddWithValue("job_id", run.JobId);
                command.Parameters.AddWithValue("run_id", run.RunId);
                command.Parameters.AddWithValue("started_at", UtcTime.Checked(run.StartedAt));
                command.Parameters.AddWithValue("duration_ms", run.DurationMs);
                command.Parameters.AddWithValue("attempt", run.Attempt);
                command.Parameters.AddWithValue("status_code", (object?)run.StatusCode ?? DBNull.Value);
                command.Parameters.AddWithValue("state", (short)run.State);
                command.Parameters.AddWithValue("job_type", run.JobType);
                command.Parameters.AddWithValue("queue", run.Queue);
                command.Parameters.AddWithValue("reason", (object?)run.Reason ?? DBNull.Value);
                command.Parameters.AddWithValue("merchant_id", (object?)run.MerchantId ?? DBNull.Value);
                command.Parameters.AddWithValue("event", (object?)run.Event ?? DBNull.Value);
                command.Parameters.AddWithValue("detail", (object?)run.Detail ?? DBNull.Value);
                await command.ExecuteNonQueryAsync(cancellationToken);
                if (run.Webhook is { } webhook)
                {
                    await using var keep = _connection.CreateCommand();
                    keep.CommandText = Keep;
                    keep.Parameters.AddWithValue("delivery_id", webhook.DeliveryId);
                    keep.Parameters.AddWithValue("merchant_id", webhook.MerchantId);
                    keep.Parameters.AddWithValue("event", webhook.Event);
                    keep.Parameters.AddWithValue("payload", webhook.Payload);
                    keep.Parameters.AddWithValue("occurred_at", (object?)webhook.OccurredAt ?? DBNull.Value);
                    keep.Parameters.AddWithValue("kept_at", UtcTime.Checked(run.StartedAt));
                    await keep.ExecuteNonQueryAsync(cancellationToken);
                }
            }

            await transaction.CommitAsync(cancellationToken);
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
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
