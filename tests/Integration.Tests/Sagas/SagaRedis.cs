using Gateway.Persistence.Sagas;
using MassTransit;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

/// <summary>A database of the test server that only the saga tests use, empty at first; and connections to it.</summary>
public sealed class SagaRedis : IAsyncLifetime
{
    private const int DatabaseNumber = 9;
    private readonly List<IConnectionMultiplexer> _connections = [];

    public IConnectionMultiplexer Connection { get; private set; } = null!;

    public IDatabase Database => Connection.GetDatabase();

    public IServer Server => Connection.GetServers()[0];

    public async ValueTask InitializeAsync()
    {
        Connection = await Connect();
        await Server.FlushDatabaseAsync(DatabaseNumber);
    }

    public async Task<IConnectionMultiplexer> Connect()
    {
        var options = ConfigurationOptions.Parse(RedisAddress.Value);
        options.DefaultDatabase = DatabaseNumber;
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
        await Server.FlushDatabaseAsync(DatabaseNumber);
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }
}
