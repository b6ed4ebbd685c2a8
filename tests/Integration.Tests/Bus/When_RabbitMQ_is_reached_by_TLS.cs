using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Xunit;

namespace Gateway.Integration.Tests.Bus;

/// <summary>The tests' RabbitMQ with a relay before it that speaks TLS, and certificates of every kind.</summary>
public sealed class When_RabbitMQ_is_reached_by_TLS(TestServers servers) : IDisposable
{
    private readonly TestAuthority _authority = new("the company's");
    private readonly TestAuthority _stranger = new("somebody's");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_believe_a_certificate_of_the_configured_authority()
    {
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _authority.Issue("127.0.0.1"));

        Assert.NotEmpty(await ConnectAsync(relay));
    }

    [Fact]
    public async Task Should_say_that_the_authority_is_another_one()
    {
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _stranger.Issue("127.0.0.1"));

        Assert.Matches(
            @"^the certificate of 127\.0\.0\.1 is not to be trusted \(\w+\): it does not come from an authority in the file of RABBITMQ_CA_FILE$",
            await RefusalAsync(relay));
    }

    [Fact]
    public async Task Should_say_that_the_system_does_not_know_the_authority()
    {
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _authority.Issue("127.0.0.1"));

        Assert.Matches(
            @"^the certificate of 127\.0\.0\.1 is not to be trusted \([\w, ]+\): its authority is unknown to this system; name the file of a private one in RABBITMQ_CA_FILE$",
            await RefusalAsync(relay, ("RABBITMQ_CA_FILE", "")));
    }

    [Theory]
    [InlineData(-20, -10)]
    [InlineData(10, 20)]
    public async Task Should_say_when_the_certificate_is_valid(int from, int to)
    {
        using var certificate = _authority.Issue("127.0.0.1", from, to);
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, certificate);

        Assert.Equal(
            $"the certificate of 127.0.0.1 is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} "
            + $"to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC alone",
            await RefusalAsync(relay));
    }

    [Fact]
    public async Task Should_say_whose_the_certificate_is()
    {
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _authority.Issue("rabbit-7.example.com"));

        Assert.Equal("the certificate of 127.0.0.1 is for another name: rabbit-7.example.com", await RefusalAsync(relay));
    }

    [Fact]
    public async Task Should_show_its_own_certificate_and_the_intermediate_one_of_its_file_where_one_is_asked_for()
    {
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _authority.Issue("127.0.0.1"), clients: _authority);
        var (certificate, key) = _authority.Write(_authority.Issue("worker"));

        Assert.NotEmpty(await ConnectAsync(relay, ("RABBITMQ_CERT_FILE", certificate), ("RABBITMQ_KEY_FILE", key)));
        Assert.Equal(["CN=worker"], relay.Clients.Distinct());
        using var department = new TestAuthority("a department's", above: _authority);
        (certificate, key) = department.Write(department.Issue("worker of a department"));
        Assert.NotEmpty(await ConnectAsync(relay, ("RABBITMQ_CERT_FILE", certificate), ("RABBITMQ_KEY_FILE", key)));
        Assert.Contains("CN=worker of a department", relay.Clients);
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(relay));
    }

    [Fact]
    public async Task Should_work_on_whichever_node_answers()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _authority.Issue("127.0.0.1"));
        gateway.Settings["RABBITMQ_HOST"] = $"127.0.0.1:{FreePort.Find()}, 127.0.0.1:{relay.Port}";
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = servers.RabbitMq.ManagementUrl.ToString();
        (gateway.Settings["RABBITMQ_TLS"], gateway.Settings["RABBITMQ_CA_FILE"]) = ("on", _authority.File);

        // It is ready when both of its connections are open.
        await gateway.StartWorkerAsync();
    }

    [Fact]
    public async Task Should_not_work_on_one_that_is_not_to_be_believed()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var relay = new TlsRelay(servers.RabbitMq.Host, servers.RabbitMq.Port, _stranger.Issue("127.0.0.1"));
        (gateway.Settings["RABBITMQ_HOST"], gateway.Settings["RABBITMQ_PORT"]) = ("127.0.0.1", $"{relay.Port}");
        (gateway.Settings["RABBITMQ_TLS"], gateway.Settings["RABBITMQ_CA_FILE"]) = ("on", _authority.File);
        await using var worker = WorkerProcess.Launch(gateway.Settings);

        await worker.WaitUntilLoggedAsync($"Waiting for RabbitMQ at 127.0.0.1:{relay.Port}: the certificate of 127.0.0.1 is not to be trusted");
        // Neither does the bus, which connects by itself.
        Assert.NotEqual(HttpStatusCode.OK, await worker.AskAsync("ready"));
        Assert.Empty(await servers.RabbitMq.Management.GetFromJsonAsync<JsonElement[]>($"api/vhosts/{gateway.BrokerUri.AbsolutePath[1..]}/connections", Cancellation) ?? []);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    private async Task<string> RefusalAsync(TlsRelay relay, params (string Name, string Value)[] changes) =>
        (await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(relay, changes))).GetBaseException().Message;

    private async Task<string> ConnectAsync(TlsRelay relay, params (string Name, string Value)[] changes)
    {
        var variables = new Dictionary<string, string>
        {
            ["RABBITMQ_HOST"] = "127.0.0.1",
            ["RABBITMQ_PORT"] = $"{relay.Port}",
            ["RABBITMQ_USER"] = servers.RabbitMq.User,
            ["RABBITMQ_PASSWORD"] = servers.RabbitMq.Password,
            ["RABBITMQ_VHOST"] = servers.RabbitMq.VirtualHost,
            ["RABBITMQ_TLS"] = "on",
            ["RABBITMQ_CA_FILE"] = _authority.File,
        }.With(changes.Select(change => KeyValuePair.Create(change.Name, change.Value)));
        var settings = new Settings(variables.ToConfiguration());
        var options = RabbitMqOptions.Read(settings);
        settings.ThrowIfInvalid();
        await using var connection = new BrokerConnection(options, "test", TimeProvider.System);
        return await connection.ReadVersionAsync(Cancellation) ?? "";
    }
}
