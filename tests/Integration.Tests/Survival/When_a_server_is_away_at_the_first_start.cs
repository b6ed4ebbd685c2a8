using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Integration.Tests.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

public sealed class When_a_server_is_away_at_the_first_start(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_live_without_the_broker_come_up_with_it_and_stay_up_when_it_goes()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var port = FreePort();
        var worker = gateway.LaunchWorker(("RABBITMQ_PORT", port.ToString(CultureInfo.InvariantCulture)));

        await worker.IsAsync("live", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("startup"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("ready"));

        await using (new TcpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, port))
        {
            await worker.IsAsync("startup", HttpStatusCode.OK);
            await worker.IsAsync("ready", HttpStatusCode.OK);
            await gateway.Publisher.PublishAsync(1, Cancellation);
            await gateway.HasEndedAsync(1);
        }

        await worker.IsAsync("ready", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("startup"));
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("live"));
    }

    [Fact]
    public async Task Should_live_without_its_tables_and_come_up_with_them()
    {
        await using var empty = await servers.Postgres.CreateDatabaseAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = gateway.LaunchWorker(("DB_NAME", empty.Name));

        await worker.IsAsync("live", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("startup"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await worker.AskAsync("ready"));

        await WorkerProcess.RunAsync("migrate", MigratedDatabase.SettingsFor(empty), Cancellation);

        await worker.IsAsync("startup", HttpStatusCode.OK);
        await worker.IsAsync("ready", HttpStatusCode.OK);
        Assert.Equal(0, await worker.StopAsync());
    }

    // Nobody listens there until the test does.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
