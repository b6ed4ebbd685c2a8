using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Npgsql;
using StackExchange.Redis;

namespace Gateway.Benchmarks;

/// <summary>A virtual host and a database with nothing in them, and an emptied Redis: each run starts from the same state.</summary>
internal sealed class FreshServers : IAsyncDisposable
{
    private readonly string _name = $"bench_{Guid.CreateVersion7():N}";
    private readonly Uri _broker = new(BenchmarkEnvironment.Text("TEST_RABBITMQ"));
    private readonly NpgsqlConnectionStringBuilder _administration = new(BenchmarkEnvironment.Text("TEST_POSTGRES")) { Pooling = false };
    private readonly HttpClient _management = new() { BaseAddress = new Uri(BenchmarkEnvironment.Text("TEST_RABBITMQ_MANAGEMENT")) };

    private FreshServers() => _management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
        "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(_broker.UserInfo))));

    public Uri RabbitMq => new UriBuilder(_broker) { Path = _name }.Uri;

    public string Postgres => new NpgsqlConnectionStringBuilder(_administration.ConnectionString) { Database = _name }.ConnectionString;

    public static async Task<FreshServers> CreateAsync(CancellationToken cancellationToken)
    {
        var servers = new FreshServers();
        var user = servers._broker.UserInfo.Split(':')[0];
        using var created = await servers._management.PutAsJsonAsync($"api/vhosts/{servers._name}", new { }, cancellationToken);
        created.EnsureSuccessStatusCode();
        using var permitted = await servers._management.PutAsJsonAsync(
            $"api/permissions/{servers._name}/{user}", new { configure = ".*", write = ".*", read = ".*" }, cancellationToken);
        permitted.EnsureSuccessStatusCode();
        await servers.AdministerAsync($"CREATE DATABASE {servers._name}", cancellationToken);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(BenchmarkEnvironment.Text("TEST_REDIS") + ",allowAdmin=true");
        foreach (var server in redis.GetServers())
        {
            await server.FlushAllDatabasesAsync();
        }

        return servers;
    }

    /// <summary>What the worker is told about its servers.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToWorkerEnvironment()
    {
        var credentials = _broker.UserInfo.Split(':', 2);
        var redis = BenchmarkEnvironment.Text("TEST_REDIS").Split(':');
        return new Dictionary<string, string>
        {
            ["GATEWAY_MODE"] = "full",
            ["RABBITMQ_HOST"] = _broker.Host,
            ["RABBITMQ_PORT"] = $"{_broker.Port}",
            ["RABBITMQ_VHOST"] = _name,
            ["RABBITMQ_USER"] = Uri.UnescapeDataString(credentials[0]),
            ["RABBITMQ_PASSWORD"] = Uri.UnescapeDataString(credentials[1]),
            ["REDIS_HOST"] = redis[0],
            ["REDIS_PORT"] = redis[1],
            ["DB_HOST"] = _administration.Host!,
            ["DB_PORT"] = $"{_administration.Port}",
            ["DB_NAME"] = _name,
            ["DB_USER"] = _administration.Username!,
            ["DB_PASSWORD"] = _administration.Password ?? "",
        };
    }

    /// <summary>A copy of the database as it is now. Nobody may be connected to it.</summary>
    public Task<DatabaseCopy> CopyDatabaseAsync(string suffix, CancellationToken cancellationToken) =>
        DatabaseCopy.CreateAsync(_administration.ConnectionString, _name, $"{_name}_{suffix}", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var deleted = await _management.DeleteAsync($"api/vhosts/{_name}");
        deleted.EnsureSuccessStatusCode();
        await AdministerAsync($"DROP DATABASE {_name} WITH (FORCE)", CancellationToken.None);
        _management.Dispose();
    }

    private async Task AdministerAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_administration.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
