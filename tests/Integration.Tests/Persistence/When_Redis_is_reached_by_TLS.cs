using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Servers;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>The tests' Redis with a relay before it that speaks TLS.</summary>
public sealed class When_Redis_is_reached_by_TLS(TestServers servers) : IDisposable
{
    private readonly TestAuthority _authority = new("the company's");
    private readonly TestAuthority _stranger = new("somebody's");

    [Fact]
    public async Task Should_sign_in_as_a_user_of_its_own_with_its_own_certificate_and_the_intermediate_one_of_its_file()
    {
        await using var plain = await ConnectionMultiplexer.ConnectAsync($"{servers.Redis.Host}:{servers.Redis.Port},allowAdmin=true");
        var user = $"worker-{Guid.CreateVersion7():N}";
        await plain.GetDatabase().ExecuteAsync("ACL", "SETUSER", user, "on", ">secret", "~*", "&*", "+@all");
        try
        {
            await using var relay = new TlsRelay(servers.Redis.Host, servers.Redis.Port, _authority.Issue("127.0.0.1"), clients: _authority);
            using var department = new TestAuthority("a department's", above: _authority);
            var (certificate, key) = department.Write(department.Issue("worker"));
            var settings = new Settings(new Dictionary<string, string>
            {
                ["REDIS_HOST"] = "127.0.0.1",
                ["REDIS_PORT"] = $"{relay.Port}",
                ["REDIS_USER"] = user,
                ["REDIS_PASSWORD"] = "secret",
                ["REDIS_TLS"] = "on",
                ["REDIS_CA_FILE"] = _authority.File,
                ["REDIS_CERT_FILE"] = certificate,
                ["REDIS_KEY_FILE"] = key,
            }.ToConfiguration());
            var options = RedisOptions.Read(settings);
            settings.ThrowIfInvalid();
            await using var redis = await ConnectionMultiplexer.ConnectAsync(options.Connection);

            Assert.Equal(user, (string?)await redis.GetDatabase().ExecuteAsync("ACL", "WHOAMI"));
            Assert.Equal(["CN=worker"], relay.Clients.Distinct());
        }
        finally
        {
            await plain.GetDatabase().ExecuteAsync("ACL", "DELUSER", user);
        }
    }

    [Theory]
    [InlineData("127.0.0.1", 1, false, "")]
    [InlineData("127.0.0.1", 1, true, "the certificate of 127.0.0.1 is not to be trusted (PartialChain): it does not come from an authority in the file of REDIS_CA_FILE")]
    [InlineData("127.0.0.1", -1, false, "the certificate of 127.0.0.1 is valid from ")]
    [InlineData("redis.example.com", 1, false, "the certificate of 127.0.0.1 is for another name: redis.example.com")]
    public async Task Should_be_believed_or_told_what_is_wrong_with_the_certificate(string name, int validTo, bool isOfStranger, string complaint)
    {
        using var certificate = (isOfStranger ? _stranger : _authority).Issue(name, from: -10, to: validTo);
        await using var relay = new TlsRelay(servers.Redis.Host, servers.Redis.Port, certificate);
        var settings = new Settings(new Dictionary<string, string>
        {
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = $"{relay.Port}",
            ["REDIS_TLS"] = "on",
            ["REDIS_CA_FILE"] = _authority.File,
        }.ToConfiguration());
        var options = RedisOptions.Read(settings);
        settings.ThrowIfInvalid();

        // On a busy machine a connection's time may be over before the certificate is seen, and why it failed first is all it tells later.
        var told = await Eventually.Read(
            ComplaintAsync, told => told.Length == 0 || told.StartsWith("the certificate of ", StringComparison.Ordinal), "Redis answers, or its certificate is refused");

        Assert.Equal(complaint.Length == 0, told.Length == 0);
        Assert.StartsWith(complaint, told, StringComparison.Ordinal);

        // As the worker asks at its start, and what its log would say.
        async Task<string> ComplaintAsync()
        {
            await using var connection = await Task.Run(options.ToConnection, TestContext.Current.CancellationToken);
            var refusal = await Record.ExceptionAsync(async () => await (await connection.ConnectAsync()).GetDatabase().PingAsync());
            return refusal?.GetBaseException().Message ?? "";
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_be_used_by_a_worker_that_believes_it_alone(bool isOfStranger)
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        using var certificate = (isOfStranger ? _stranger : _authority).Issue("127.0.0.1");
        await using var relay = new TlsRelay(servers.Redis.Host, servers.Redis.Port, certificate);
        (gateway.Settings["REDIS_HOST"], gateway.Settings["REDIS_PORT"]) = ("127.0.0.1", $"{relay.Port}");
        (gateway.Settings["REDIS_TLS"], gateway.Settings["REDIS_CA_FILE"]) = ("on", _authority.File);
        if (!isOfStranger)
        {
            await gateway.StartWorkerAsync();
            return;
        }

        await using var worker = WorkerProcess.Launch(gateway.Settings);
        await worker.WaitUntilLoggedAsync(
            $"Waiting for Redis at 127.0.0.1:{relay.Port}: the certificate of 127.0.0.1 is not to be trusted (PartialChain): "
            + "it does not come from an authority in the file of REDIS_CA_FILE");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }
}
