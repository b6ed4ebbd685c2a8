using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.Figures;

/// <summary>The statement that adds counts to <c>merchant_counts</c>.</summary>
internal static class MerchantCountStatements
{
    private const string OnPostgres =
        $"""
        insert into merchant_counts as known (starts_at, attempts, retries, outcome, merchant_id, event, durations)
        select starts_at, attempts, retries, outcome, merchant_id, event, durations::integer[]
        from unnest(@starts_at, @attempts, @retries, @outcome, @merchant_id, @event, @durations)
            as added (starts_at, attempts, retries, outcome, merchant_id, event, durations)
        on conflict (starts_at, merchant_id, event, outcome) do update
        set attempts = known.attempts + excluded.attempts, retries = known.retries + excluded.retries,
            durations = {DurationBuckets.SumOnPostgres}
        """;

    private const string OnSqlite =
        $$"""
        insert into merchant_counts as known (starts_at, attempts, retries, outcome, merchant_id, event, durations)
        values ({0}, {1}, {2}, {3}, {4}, {5}, {6})
        on conflict (starts_at, merchant_id, event, outcome) do update
        set attempts = known.attempts + excluded.attempts, retries = known.retries + excluded.retries,
            durations = {{DurationBuckets.SumOnSqlite}}
        """;

    /// <summary>Adds the counts, all or none.</summary>
    public static async Task ExecuteAsync(GatewayDbContext db, IReadOnlyList<MerchantCount> counts, CancellationToken cancellationToken)
    {
        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlRawAsync(
                OnPostgres,
                [
                    Column("starts_at", NpgsqlDbType.TimestampTz, count => count.StartsAt),
                    Column("attempts", NpgsqlDbType.Integer, count => count.Attempts),
                    Column("retries", NpgsqlDbType.Integer, count => count.Retries),
                    Column("outcome", NpgsqlDbType.Smallint, count => (short)count.Outcome),
                    Column("merchant_id", NpgsqlDbType.Varchar, count => count.MerchantId),
                    Column("event", NpgsqlDbType.Varchar, count => count.Event),
                    Column("durations", NpgsqlDbType.Text, count => count.DurationsAsArray()),
                ],
                cancellationToken);
            return;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var count in counts)
        {
            await db.Database.ExecuteSqlRawAsync(
                OnSqlite,
                [
                    count.StartsAt, count.Attempts, count.Retries, (short)count.Outcome,
                    count.MerchantId, count.Event, count.DurationsAsJson(),
                ],
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);

        NpgsqlParameter<T[]> Column<T>(string name, NpgsqlDbType type, Func<MerchantCount, T> value) =>
            new(name, NpgsqlDbType.Array | type) { TypedValue = [.. counts.Select(value)] };
    }
}
