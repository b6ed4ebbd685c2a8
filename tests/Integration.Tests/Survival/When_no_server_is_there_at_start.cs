using System.Globalization;
using System.Net;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What a stranger sees who has started no server, or has forgotten <c>migrate</c>.</summary>
public sealed class When_no_server_is_there_at_start(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task Should_say_once_for_whom_it_waits_and_be_quiet(string format)
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        // Nobody listens on the port of tcpmux.
        var worker = gateway.LaunchWorker(("RABBITMQ_PORT", "1"), ("REDIS_PORT", "1"), ("DB_PORT", "1"), ("LOG_FORMAT", format), ("Logging__Console__FormatterName", ""));

        foreach (var server in (string[])["RabbitMQ", "Redis", "PostgreSQL"])
        {
            await worker.WaitUntilLoggedAsync($"Waiting for {server} at ");
        }

        // Each of these asks every server, some of which take their time to be found away.
        for (var asked = 0; asked < 3; asked++)
        {
            await worker.WaitUntilAsync("ready", HttpStatusCode.ServiceUnavailable);
        }

        Assert.Equal(3, worker.Output.Split("Waiting for ").Length - 1);
        Assert.DoesNotContain("   at ", worker.Output, StringComparison.Ordinal);
        // The lines of an entry after its first are indented.
        Assert.InRange(worker.Output.Split('\n').Count(line => line.Length > 0 && line[0] != ' '), 4, 30);
        Assert.Equal(0, await worker.StopAsync());
    }

    /// <summary>The scheduler that had been made without its database never ran, and let the stop fail.</summary>
    [Fact]
    public async Task Should_set_up_its_schedules_when_the_database_comes_later()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var port = FreePort.Find();
        var worker = gateway.LaunchWorker(("DB_PORT", port.ToString(CultureInfo.InvariantCulture)), ("PAYMENT_EXPIRY_ENABLED", "true"));
        await worker.WaitUntilLoggedAsync("The schedules cannot be set up");

        await using var database = new TcpRelay(servers.Postgres.Host, servers.Postgres.Port, port);
        await worker.WaitUntilAsync("ready", HttpStatusCode.OK);
        using var api = await gateway.OpenApiAsync(worker);
        await Eventually.Read(
            async () =>
            {
                using var answer = await api.GetAsync(new Uri("/api/schedules", UriKind.Relative), Cancellation);
                return await answer.Content.ReadAsStringAsync(Cancellation);
            },
            schedules => schedules.Contains("\"next_tick\"", StringComparison.Ordinal),
            "a schedule that has a next tick");
    }

    [Fact]
    public async Task Should_say_once_that_migrate_was_forgotten_and_once_that_it_was_made_up_for()
    {
        await using var empty = await servers.Postgres.CreateDatabaseAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = gateway.LaunchWorker(("DB_NAME", empty.Name), ("LOG_FORMAT", "json"), ("Logging__Console__FormatterName", ""));

        await worker.WaitUntilLoggedAsync("tables are missing: run `Gateway.Worker migrate`");
        await worker.WaitUntilAsync("ready", HttpStatusCode.ServiceUnavailable);
        Assert.Contains("tables are missing: run `Gateway.Worker migrate`", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        await WorkerCommand.MigrateAsync(WorkerEnvironment.For(empty), Cancellation);
        await worker.WaitUntilLoggedAsync("The database has its tables");

        Assert.Equal(1, worker.Output.Split("\"event_id\":8204").Length - 1);
        Assert.DoesNotContain("   at ", worker.Output, StringComparison.Ordinal);
        await worker.WaitUntilAsync("ready", HttpStatusCode.OK);
    }
}
