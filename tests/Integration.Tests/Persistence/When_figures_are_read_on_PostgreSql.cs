using Gateway.Persistence.Figures;
using Gateway.Testing.Servers;
using Gateway.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_figures_are_read_on_PostgreSql(PostgresTestDatabase database, TestServers servers)
    : When_figures_are_read(database), IClassFixture<PostgresTestDatabase>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // With 5,500,000 rows of a month PostgreSQL read all of them for the figures of six days.
    [Fact]
    public async Task Should_read_of_all_merchants_only_the_time_that_is_asked_for()
    {
        await using var large = new PostgresTestDatabase(servers);
        await large.InitializeAsync();
        await using var db = large.CreateContext();
        await db.Database.ExecuteSqlRawAsync(
            """
            insert into merchant_counts (starts_at, attempts, retries, outcome, merchant_id, event, durations)
            select '2026-01-01T00:00:00Z'::timestamptz + hour * interval '1 hour', 1, 0, 1, 'm-' || merchant, 'payment.completed',
                array_fill(0, array[19])
            from generate_series(0, 2159) hour cross join generate_series(1, 50) merchant
            """,
            Cancellation);
        await db.Database.ExecuteSqlRawAsync("analyze merchant_counts", Cancellation);
        var from = new DateTime(2026, 3, 10, 0, 0, 0, DateTimeKind.Utc);
        var counts = FigureReader.Counts(db, new FigureQuestion { By = FigureGroup.Merchant, From = from, To = from.AddDays(6) });

        await using var explain = counts.CreateDbCommand();
        explain.CommandText = $"explain {explain.CommandText}";
        await db.Database.OpenConnectionAsync(Cancellation);
        List<string> plan = [];
        await using var rows = await explain.ExecuteReaderAsync(Cancellation);
        while (await rows.ReadAsync(Cancellation))
        {
            plan.Add(rows.GetString(0));
        }

        Assert.Contains(plan, step => step.Contains("ix_merchant_counts_starts_at", StringComparison.Ordinal));
    }
}
