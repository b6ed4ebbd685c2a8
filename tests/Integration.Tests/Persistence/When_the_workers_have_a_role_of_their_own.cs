using Gateway.Integration.Tests.Survival;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

// The role of the guide and of docker-compose.yml. (docs/faults.md: H4)
public sealed class When_the_workers_have_a_role_of_their_own(TestServers servers)
{
    private static readonly string Rights = File.ReadAllText(Repository.PathOf("deploy/postgres/gw_worker.sql"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_do_their_work_and_nothing_else()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        // Again, as after an upgrade.
        await gateway.Database.ExecuteAsync(Rights);
        await gateway.Database.ExecuteAsync($"{Rights} alter role gw_worker password 'of the workers'");
        gateway.Settings["DB_USER"] = "gw_worker";
        gateway.Settings["DB_PASSWORD"] = "of the workers";
        gateway.Settings["PAYMENT_EXPIRY_ENABLED"] = "true";
        gateway.Settings["PAYMENT_EXPIRY_CRON"] = "* * * * * *";
        gateway.Merchant.Answer = (_, post) => post == 1 ? StatusCodes.Status500InternalServerError : StatusCodes.Status204NoContent;

        await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(1, Cancellation);

        await Eventually.Read(
            () => gateway.Database.QueryAsync($"select distinct job_type from job_runs where state = {(int)JobState.Succeeded} order by 1"),
            types => types is ["payment:expiry", "webhook:delivery"],
            "a webhook was delivered at its second attempt, and a schedule's job has run");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => DeletePaymentsAsync(gateway.Database));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    private static async Task DeletePaymentsAsync(PostgresDatabase database)
    {
        var asWorker = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = "gw_worker", Password = "of the workers", Pooling = false };
        await using var connection = new NpgsqlConnection(asWorker.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("delete from payments", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
