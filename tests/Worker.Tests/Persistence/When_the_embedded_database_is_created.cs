using Gateway.Persistence;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_the_embedded_database_is_created(SqliteDatabase database) : IClassFixture<SqliteDatabase>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_let_readers_and_the_writer_work_side_by_side()
    {
        await using var connection = new SqliteConnection($"Data Source={database.Path}");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode";

        Assert.Equal("wal", await command.ExecuteScalarAsync(Cancellation));
    }

    [Fact]
    public async Task Should_keep_what_is_there_the_second_time()
    {
        var merchant = Gateway.Tests.Persistence.Rows.Merchant();
        await database.AddAsync(merchant);

        await database.Get<GatewaySchema>().MigrateAsync(Cancellation);

        await using var db = database.CreateContext();
        Assert.True(await db.Merchants.AnyAsync(m => m.Id == merchant.Id, Cancellation));
    }

    [Fact]
    public async Task Should_tell_what_a_file_of_an_older_version_does_not_have()
    {
        await using var older = new SqliteDatabase();
        await older.InitializeAsync();
        await using var db = older.CreateContext();
        await db.Database.ExecuteSqlRawAsync("alter table job_runs drop column detail; drop table webhook_endpoints", Cancellation);

        Assert.Equal(
            [new MissingPart("column job_runs.detail TEXT", IsGateways: false), new MissingPart("table webhook_endpoints", IsGateways: false)],
            (await older.Get<GatewaySchema>().FindMissingAsync(Cancellation)).OrderBy(part => part.What));
    }

    [Fact]
    public async Task Should_refuse_a_file_of_a_preview_and_leave_it_as_it_is()
    {
        await using var preview = new SqliteDatabase();
        await preview.InitializeAsync();
        await preview.AddAsync(Gateway.Tests.Persistence.Rows.Merchant());
        await using var db = preview.CreateContext();
        await db.Database.ExecuteSqlRawAsync("drop table webhook_endpoints", Cancellation);

        var refusal = await Assert.ThrowsAsync<PreviewDatabaseException>(() => preview.Get<GatewaySchema>().MigrateAsync(Cancellation));

        Assert.Contains(preview.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("table webhook_endpoints", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, await db.Merchants.CountAsync(Cancellation));
    }
}
