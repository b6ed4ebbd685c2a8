namespace Gateway.Testing.Servers;

/// <summary>
/// The real servers that the tests share, as <c>./test.sh</c> or <c>tests/servers.sh start</c> names them in the
/// environment. A test class takes it as a constructor parameter. A server is looked up when it is first asked for,
/// so that a test without servers runs without them.
/// </summary>
public sealed class TestServers : IAsyncDisposable
{
    private const string RabbitMqVariable = "TEST_RABBITMQ";
    private const string RedisVariable = "TEST_REDIS";
    private const string PostgresVariable = "TEST_POSTGRES";

    private readonly TestServers? _shared;
    private readonly Lazy<RabbitMqServer> _rabbitMq;
    private readonly Lazy<RedisServer> _redis;
    private readonly Lazy<PostgresServer> _postgres;
    private readonly Lazy<MigratedDatabase> _migrated;

    /// <summary>Those that the environment names.</summary>
    public TestServers()
    {
        _rabbitMq = RabbitMqOf(Environment.GetEnvironmentVariable);
        _redis = RedisOf(Environment.GetEnvironmentVariable);
        _postgres = PostgresOf(Environment.GetEnvironmentVariable);
        _migrated = new(() => new MigratedDatabase(Postgres));
    }

    /// <summary>Those of all tests but for some.</summary>
    /// <param name="shared">The servers of all tests.</param>
    /// <param name="own">The variables of the servers that take their place.</param>
    internal TestServers(TestServers shared, IReadOnlyDictionary<string, string> own)
    {
        _shared = shared;
        _rabbitMq = own.ContainsKey(RabbitMqVariable) ? RabbitMqOf(own.GetValueOrDefault) : shared._rabbitMq;
        _redis = own.ContainsKey(RedisVariable) ? RedisOf(own.GetValueOrDefault) : shared._redis;
        _postgres = own.ContainsKey(PostgresVariable) ? PostgresOf(own.GetValueOrDefault) : shared._postgres;
        _migrated = _postgres == shared._postgres ? shared._migrated : new(() => new MigratedDatabase(Postgres));
    }

    /// <summary>The broker.</summary>
    public RabbitMqServer RabbitMq => _rabbitMq.Value;

    /// <summary>The server that remembers sagas and attempts.</summary>
    public RedisServer Redis => _redis.Value;

    /// <summary>The database server.</summary>
    public PostgresServer Postgres => _postgres.Value;

    /// <summary>A database with the worker's tables and the gateway's; disposing drops it.</summary>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <param name="timeZone">That of the sessions, for a test in which a time must not depend on it; null for the server's.</param>
    public Task<PostgresDatabase> CreateMigratedDatabaseAsync(CancellationToken cancellationToken, string? timeZone = null) =>
        _migrated.Value.CopyAsync(timeZone, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_migrated.IsValueCreated && _migrated != _shared?._migrated)
        {
            await _migrated.Value.DisposeAsync();
        }

        if (_rabbitMq.IsValueCreated && _rabbitMq != _shared?._rabbitMq)
        {
            _rabbitMq.Value.Dispose();
        }
    }

    private static Lazy<RabbitMqServer> RabbitMqOf(Func<string, string?> variables) => new(() => new RabbitMqServer(
        new Uri(Read(variables, RabbitMqVariable)),
        variables("TEST_RABBITMQ_MANAGEMENT") is { Length: > 0 } url ? new Uri(url) : null,
        DirectoryOf(variables)));

    private static Lazy<RedisServer> RedisOf(Func<string, string?> variables) =>
        new(() => new RedisServer(Read(variables, RedisVariable), DirectoryOf(variables)));

    private static Lazy<PostgresServer> PostgresOf(Func<string, string?> variables) =>
        new(() => new PostgresServer(Read(variables, PostgresVariable), DirectoryOf(variables)));

    private static string? DirectoryOf(Func<string, string?> variables) =>
        variables("TEST_SERVERS_DIR") is { Length: > 0 } directory ? directory : null;

    private static string Read(Func<string, string?> variables, string variable) => variables(variable) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException(
            $"{variable} is not set: run ./test.sh, or eval \"$(tests/servers.sh start DIR)\" before the tests.");
}
