using System.Globalization;
using System.Net;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_server_is_away_at_the_first_start(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_live_without_the_broker_come_up_with_it_and_stay_up_when_it_goes()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var port = FreePort.Find();
        var worker = gateway.LaunchWorker(("RABBITMQ_PORT", port.ToString(CultureInfo.InvariantCulture)));

        await worker.WaitUntilAsync("live", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("startup"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("ready"));

        await using (new TcpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, port))
        {
            await worker.WaitUntilAsync("startup", HttpStatusCode.OK);
            await worker.WaitUntilAsync("ready", HttpStatusCode.OK);
            await gateway.Publisher.PublishAsync(1, Cancellation);
            await gateway.WaitUntilEndedAsync(1);
        }

        await worker.WaitUntilAsync("ready", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("startup"));
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("live"));
    }

    [Fact]
    public async Task Should_live_without_its_tables_and_come_up_with_them()
    {
        await using var empty = await servers.Postgres.CreateDatabaseAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = gateway.LaunchWorker(("DB_NAME", empty.Name));

        await worker.WaitUntilAsync("live", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("startup"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("ready"));

        await WorkerCommand.MigrateAsync(WorkerEnvironment.For(empty), Cancellation);

        await worker.WaitUntilAsync("startup", HttpStatusCode.OK);
        await worker.WaitUntilAsync("ready", HttpStatusCode.OK);
        Assert.Equal(0, await worker.StopAsync());
    }
}
