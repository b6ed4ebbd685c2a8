using Gateway.Persistence;
using Gateway.Persistence.Sagas;
using Gateway.Testing.Servers;
using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

/// <summary>A database of the test server for one class, empty at first; and connections to it.</summary>
public sealed class SagaRedis(TestServers servers) : IAsyncLifetime
{
    private readonly List<IConnectionMultiplexer> _connections = [];
    private RedisDatabase _database = null!;

    public IConnectionMultiplexer Connection { get; private set; } = null!;

    public IDatabase Database => Connection.GetDatabase();

    public IServer Server => Connection.GetServers()[0];

    public async ValueTask InitializeAsync()
    {
        _database = await servers.Redis.CreateDatabaseAsync();
        Connection = await Connect();
    }

    public async Task<IConnectionMultiplexer> Connect()
    {
        var options = ConfigurationOptions.Parse(_database.ConnectionString);
        options.AllowAdmin = true;
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        _connections.Add(connection);
        return connection;
    }

    /// <summary>The sagas of a worker with a connection of its own, or with that of the tests.</summary>
    internal ISagaStore<TSaga> Store<TSaga>(
        Func<TSaga, TimeSpan>? expiresIn = null, IConnectionMultiplexer? connection = null, ILogger<RedisSagaStore<TSaga>>? logger = null)
        where TSaga : class, ISaga, ISagaVersion, new() =>
        new RedisSagaStore<TSaga>(
            new RedisConnection(connection ?? Connection),
            new RedisSagaOptions<TSaga> { ExpiresIn = expiresIn ?? (_ => TimeSpan.FromDays(7)) },
            logger ?? NullLogger<RedisSagaStore<TSaga>>.Instance);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        _database.Dispose();
    }
}
