using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Persistence.Sagas;

/// <summary>Registers where sagas are kept.</summary>
public static class SagaRegistration
{
    /// <summary>Keeps the instances of this saga in Redis, through the container's <see cref="RedisConnection"/>.</summary>
    public static IServiceCollection AddRedisSagas<TSaga>(this IServiceCollection services, RedisSagaOptions<TSaga> options)
        where TSaga : class, ISaga, ISagaVersion, new() =>
        services.AddSingleton<ISagaStore<TSaga>>(provider => new RedisSagaStore<TSaga>(
            provider.GetRequiredService<RedisConnection>(), options, provider.GetRequiredService<ILogger<RedisSagaStore<TSaga>>>()));

    /// <summary>Keeps the instances of this saga in this process.</summary>
    public static IServiceCollection AddInMemorySagas<TSaga>(this IServiceCollection services)
        where TSaga : class, ISaga, ISagaVersion, new() =>
        services.AddSingleton<ISagaStore<TSaga>, InMemorySagaStore<TSaga>>();
}
