using StackExchange.Redis;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>
/// Connects to Redis before the bus starts. Otherwise the first messages, as many as are worked on at once, would block their threads
/// until one of them has connected, and deliveries would go out meanwhile without the check for duplicates.
/// </summary>
internal sealed class RedisFirst(IServiceProvider services) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Returns within the connection's timeout also when Redis is away; it connects later then.
        _ = services.GetRequiredService<IConnectionMultiplexer>();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
