using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.Figures;

/// <summary>The statement that adds the counts of a commit to <c>job_counts</c>.</summary>
internal static class JobCountStatements
{
    private const string OnPostgres =
        $"""
        insert into job_counts as known (starts_at, worker_id, attempts, retries, outcome, job_type, queue, durations)
        select starts_at, @worker_id, attempts, retries, outcome, job_type, queue, durations::integer[]
        from unnest(@starts_at, @attempts, @retries, @outcome, @job_type, @queue, @durations)
            as added (starts_at, attempts, retries, outcome, job_type, queue, durations)
        on conflict (starts_at, job_type, queue, outcome, worker_id) do update
        set attempts = known.attempts + excluded.attempts, retries = known.retries + excluded.retries,
            durations = {DurationBuckets.SumOnPostgres}
        """;

    private const string OnSqlite =
        $"""
        insert into job_counts as known (starts_at, worker_id, attempts, retries, outcome, job_type, queue, durations)
        values (@starts_at, @worker_id, @attempts, @retries, @outcome, @job_type, @queue, @durations)
        on conflict (starts_at, job_type, queue, outcome, worker_id) do update
        set attempts = known.attempts + excluded.attempts, retries = known.retries + excluded.retries,
            durations = {DurationBuckets.SumOnSqlite}
        """;

    /// <summary>Adds the statement to a batch, unless there is nothing to count.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<JobCount> counts)
    {
        if (counts.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(OnPostgres);
        command.Parameters.Add(new NpgsqlParameter<Guid>("worker_id", NpgsqlDbType.Uuid) { TypedValue = counts[0].WorkerId });
        Add("starts_at", NpgsqlDbType.TimestampTz, count => count.StartsAt);
        Add("attempts", NpgsqlDbType.Integer, count => count.Attempts);
        Add("retries", NpgsqlDbType.Integer, count => count.Retries);
        Add("outcome", NpgsqlDbType.Smallint, count => (short)count.Outcome);
        Add("job_type", NpgsqlDbType.Varchar, count => count.JobType);
        Add("queue", NpgsqlDbType.Varchar, count => count.Queue);
        Add("durations", NpgsqlDbType.Text, count => count.DurationsAsArray());
        batch.BatchCommands.Add(command);

        void Add<T>(string name, NpgsqlDbType type, Func<JobCount, T> value) =>
            command.Parameters.Add(new NpgsqlParameter<T[]>(name, NpgsqlDbType.Array | type) { TypedValue = [.. counts.Select(value)] });
    }

    /// <summary>Executes it, row by row: an embedded database is in the same process.</summary>
    public static async Task ExecuteAsync(
        SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<JobCount> counts, CancellationToken cancellationToken)
    {
        foreach (var count in counts)
        {
            await using var command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (OnSqlite, transaction);
            command.Parameters.AddWithValue("starts_at", count.StartsAt);
            command.Parameters.AddWithValue("worker_id", count.WorkerId);
            command.Parameters.AddWithValue("attempts", count.Attempts);
            command.Parameters.AddWithValue("retries", count.Retries);
            command.Parameters.AddWithValue("outcome", (short)count.Outcome);
            command.Parameters.AddWithValue("job_type", count.JobType);
            command.Parameters.AddWithValue("queue", count.Queue);
            command.Parameters.AddWithValue("durations", count.DurationsAsJson());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
