using System.Diagnostics.Metrics;
using Gateway.Persistence;
using Gateway.Worker.Servers;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>
/// Knows whether Redis takes writes, by writing a key of its own every two seconds. A server that refuses them counts as away like one that
/// does not answer: a replica, one that has reached <c>maxmemory</c>, one that cannot persist. In embedded mode there is none, and no
/// trouble.
/// </summary>
/// <remarks>
/// A connection to a server that has become a replica is given up each time, since the name or the proxy may lead to the new primary by
/// then, and a replica that was promoted tells so when it is connected to. One that stays open would lead to the replica for up to a
/// minute: the client asks a server for its role when it connects and once a minute. A refusal tells it at once.
/// </remarks>
public sealed class RedisWatch : BackgroundService
{
    private const string Key = "gateway:written";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly RedisConnection? _redis;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisWatch> _logger;
    private readonly CircuitBreakerManualControl? _registerCircuit;
    private volatile string? _trouble;

    /// <summary>Creates the instrument.</summary>
    /// <param name="meters">Where it is created.</param>
    /// <param name="time">Tells when to write again.</param>
    /// <param name="logger">Hears of each trouble when it begins and when it is over.</param>
    /// <param name="redis">The connection; null in embedded mode.</param>
    /// <param name="registerCircuit">The register's circuit breaker, which spares Redis for two seconds after a failure.</param>
    public RedisWatch(
        IMeterFactory meters,
        TimeProvider time,
        ILogger<RedisWatch> logger,
        RedisConnection? redis = null,
        CircuitBreakerManualControl? registerCircuit = null)
    {
        (_time, _logger, _redis, _registerCircuit) = (time, logger, redis, registerCircuit);
        meters.Create("Gateway.Worker").CreateObservableGauge(
            "gateway.redis.writable", () => Trouble is null ? 1 : 0, description: "1 while Redis takes writes.");
    }

    /// <summary>What is wrong, in words; null while nothing is known to be.</summary>
    public string? Trouble => _trouble;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_redis is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            var before = _trouble;
            _trouble = await WriteAsync(_redis);
            switch (before, _trouble)
            {
                case (null, { } trouble):
                    Log.RedisAway(_logger, trouble);
                    break;
                case (not null, null):
                    // Before it is said: from then on duplicates are recognised.
                    await (_registerCircuit?.CloseAsync(stoppingToken) ?? Task.CompletedTask);
                    Log.RedisBack(_logger);
                    break;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static async Task<string?> WriteAsync(RedisConnection redis)
    {
        try
        {
            await redis.Database.StringSetAsync(Key, 1, KeptFor);
            return null;
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            var refusesWrites = exception is RedisServerException && exception.Message.StartsWith("READONLY", StringComparison.Ordinal);
            var replicas = (redis.Client?.GetServers() ?? [])
                .Where(server => server.IsConnected && (server.IsReplica || refusesWrites)).ToArray();
            await Task.WhenAll(replicas.Select(LeaveAsync));
            return exception switch
            {
                RedisServerException refusal => $"it takes no writes: {refusal.Message}",
                RedisCommandException refusal => $"it cannot be asked: {refusal.Message}",
                _ when replicas.Length > 0 => "it takes no writes: what answers is a replica",
                _ => "it does not answer",
            };
        }
    }

    private static async Task LeaveAsync(IServer replica)
    {
        try
        {
            // The server closes the connection, and the client opens another one, to wherever the name leads now.
            await replica.ExecuteAsync("QUIT");
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            // It is closed already: the client is about to open another one.
        }
    }
}
