namespace Gateway.Integration.Tests.Servers;

/// <summary>
/// The real servers that the tests share, as <c>./test.sh</c> or <c>tests/servers.sh start</c> names them in the
/// environment. A test class takes it as a constructor parameter. A server is looked up when it is first asked for,
/// so that a test without servers runs without them.
/// </summary>
public sealed class TestServers : IDisposable
{
    private readonly Lazy<RabbitMqServer> _rabbitMq = new(() => new RabbitMqServer(
        new Uri(Read("TEST_RABBITMQ")),
        Environment.GetEnvironmentVariable("TEST_RABBITMQ_MANAGEMENT") is { Length: > 0 } url ? new Uri(url) : null));

    private readonly Lazy<RedisServer> _redis = new(() => new RedisServer(Read("TEST_REDIS")));

    private readonly Lazy<PostgresServer> _postgres = new(() => new PostgresServer(Read("TEST_POSTGRES")));

    public RabbitMqServer RabbitMq => _rabbitMq.Value;

    public RedisServer Redis => _redis.Value;

    public PostgresServer Postgres => _postgres.Value;

    public void Dispose()
    {
        if (_rabbitMq.IsValueCreated)
        {
            _rabbitMq.Value.Dispose();
        }
    }

    private static string Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException(
            $"{variable} is not set: run ./test.sh, or eval \"$(tests/servers.sh start DIR)\" before the tests.");
}
