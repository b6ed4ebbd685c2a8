using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.Sagas;
using MassTransit;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

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

    internal SagaStore<TSaga> Store<TSaga>(RedisSagaOptions<TSaga> options)
        where TSaga : class, ISagaVersion => new(Connection, options);

    internal SagaStore<Tally> Tallies(TimeSpan? expiresIn = null) => Store<Tally>(new() { ExpiresIn = _ => expiresIn });

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        _database.Dispose();
    }
}
