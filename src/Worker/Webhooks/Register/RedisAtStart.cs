using StackExchange.Redis;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>
/// Has the connection made before the bus starts, because it is asked for here. Connecting blocks a thread until others have done
/// their part; the first messages of a full queue would wait for it in every thread that the process has, and nothing would move.
/// </summary>
internal sealed class RedisAtStart(IConnectionMultiplexer redis, ILogger<RedisAtStart> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            Log.RegisterAway(logger);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
