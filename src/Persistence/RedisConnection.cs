using StackExchange.Redis;

namespace Gateway.Persistence;

/// <summary>
/// The connection to Redis, for as long as the process runs: once it is made, the client restores it by itself. Making it may fail where
/// somebody must be asked first, as sentinels must for the primary; until it has succeeded, Redis counts as away.
/// </summary>
public sealed class RedisConnection : IDisposable, IAsyncDisposable
{
    private readonly Func<Task<IConnectionMultiplexer>>? _connect;
    private volatile IConnectionMultiplexer? _client;

    /// <summary>One that is made.</summary>
    public RedisConnection(IConnectionMultiplexer client) => _client = client;

    /// <summary>One that <see cref="ConnectAsync"/> is to make.</summary>
    public RedisConnection(Func<Task<IConnectionMultiplexer>> connect) => _connect = connect;

    /// <summary>The client; null until the connection is made.</summary>
    public IConnectionMultiplexer? Client => _client;

    /// <summary>The configured database.</summary>
    /// <exception cref="RedisException">The connection is not made yet.</exception>
    public IDatabase Database => _client?.GetDatabase()
        ?? throw new RedisException("No sentinel has told of a primary yet");

    /// <summary>Makes the connection unless it is made. One caller at a time.</summary>
    /// <exception cref="RedisException">It cannot be made now.</exception>
    /// <exception cref="TimeoutException">Somebody does not answer.</exception>
    public async Task<IConnectionMultiplexer> ConnectAsync() => _client ??= await _connect!().ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? ValueTask.CompletedTask;
}
