using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Servers;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>Three sentinels that watch a primary and its replica; and everything that one may get wrong about them.</summary>
public sealed class When_Redis_is_not_what_was_expected(OwnRedis own, TestServers servers) : IClassFixture<OwnRedis>, IAsyncLifetime
{
    private string _sentinels = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RedisServer Redis => own.Servers.Redis;

    public async ValueTask InitializeAsync()
    {
        await Redis.StartReplicaAsync(Cancellation);
        _sentinels = string.Join(',', (await Redis.StartSentinelsAsync(Cancellation)).Select(port => $"{Redis.Host}:{port}"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Should_sign_in_at_the_sentinels_as_a_user_of_its_own_and_at_Redis_as_another()
    {
        await OrderAsync(_sentinels, "ACL SETUSER watcher on >seen ~* &* +@all");
        await OrderAsync($"{Redis.Host}:{Redis.Port}", "ACL SETUSER worker on >secret ~* &* +@all");
        (string, string)[] users = [("REDIS_USER", "worker"), ("REDIS_PASSWORD", "secret"), ("REDIS_SENTINEL_USER", "watcher")];
        var options = Read([("REDIS_HOST", _sentinels), ("REDIS_SENTINEL_MASTER", "payments"), ("REDIS_SENTINEL_PASSWORD", "seen"), .. users]);

        await using var redis = options.ToConnection();
        await redis.ConnectAsync();

        Assert.Equal("worker", (string?)await redis.Database.ExecuteAsync("ACL", "WHOAMI"));
        Assert.Contains(" user=watcher ", await OrderAsync(_sentinels.Split(',')[0], "CLIENT LIST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_say_whom_the_sentinels_know_instead() => Assert.Equal(
        "the sentinels do not know 'mymaster' (REDIS_SENTINEL_MASTER); they know: payments",
        await RefusalAsync(("REDIS_HOST", _sentinels), ("REDIS_SENTINEL_MASTER", "mymaster")));

    [Fact]
    public async Task Should_say_that_no_sentinel_answers() => Assert.StartsWith(
        "no sentinel answers: ",
        await RefusalAsync(("REDIS_HOST", $"127.0.0.1:{FreePort.Find()}"), ("REDIS_SENTINEL_MASTER", "payments")),
        StringComparison.Ordinal);

    [Fact]
    public async Task Should_say_that_no_sentinel_is_there() => Assert.StartsWith(
        "REDIS_HOST does not lead to sentinels, which REDIS_SENTINEL_MASTER asks for: ",
        await RefusalAsync(("REDIS_HOST", $"{Redis.Host}:{Redis.Port}"), ("REDIS_SENTINEL_MASTER", "payments")),
        StringComparison.Ordinal);

    [Fact]
    public async Task Should_say_that_the_name_for_the_sentinels_is_missing()
    {
        Assert.Equal(
            "REDIS_HOST leads to sentinels, and REDIS_SENTINEL_MASTER is missing: one of the names that they know (payments)",
            await Sentinels.ComplaintOfAsync(Read(("REDIS_HOST", _sentinels))));
        Assert.Null(await Sentinels.ComplaintOfAsync(Read(("REDIS_HOST", $"{Redis.Host}:{Redis.Port}"))));
    }

    [Fact]
    public async Task Should_say_that_a_list_names_servers_that_do_not_belong_together()
    {
        var (mine, other) = ($"{Redis.Host}:{Redis.Port}", $"{servers.Redis.Host}:{servers.Redis.Port}");

        Assert.StartsWith(
            $"REDIS_HOST: {string.Join(" and ", ((string[])[mine, other]).Order(StringComparer.Ordinal))} are primaries, each with data of its own. ",
            await ComplaintAsync(("REDIS_HOST", $"{mine},{other}")),
            StringComparison.Ordinal);
        Assert.Null(await ComplaintAsync(("REDIS_HOST", $"{mine},{Redis.Host}:{await Redis.StartReplicaAsync(Cancellation)}")));
    }

    private static async Task<string> RefusalAsync(params (string Name, string Value)[] variables)
    {
        await using var redis = Read(variables).ToConnection();
        return (await Assert.ThrowsAnyAsync<RedisException>(redis.ConnectAsync)).GetBaseException().Message;
    }

    private static async Task<string?> ComplaintAsync(params (string Name, string Value)[] variables)
    {
        var options = Read(variables);
        await using var redis = options.ToConnection();
        return RedisDeployment.ComplaintOf(await redis.ConnectAsync(), options);
    }

    private static RedisOptions Read(params (string Name, string Value)[] variables)
    {
        var settings = new Settings(variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)).ToConfiguration());
        var options = RedisOptions.Read(settings);
        settings.ThrowIfInvalid();
        return options;
    }

    /// <summary>Tells each of some servers the same, in a line as it is typed: the client would not send it to a sentinel.</summary>
    /// <returns>What the last one answers.</returns>
    private static async Task<string> OrderAsync(string addresses, string order)
    {
        var answer = "";
        foreach (var address in addresses.Split(','))
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(IPEndPoint.Parse(address), Cancellation);
            await using var stream = connection.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{order}\r\n"), Cancellation);
            using var reader = new StreamReader(stream);
            answer = await reader.ReadLineAsync(Cancellation) ?? "";
            Assert.False(answer.StartsWith('-'), answer);
            if (answer.StartsWith('$'))
            {
                // So many bytes follow.
                var text = new char[int.Parse(answer[1..], CultureInfo.InvariantCulture)];
                answer = new string(text, 0, await reader.ReadBlockAsync(text, Cancellation));
            }
        }

        return answer;
    }
}
