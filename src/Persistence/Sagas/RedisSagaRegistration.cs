using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Gateway.Persistence.Sagas;

/// <summary>Registers the Redis saga repository.</summary>
public static class RedisSagaRegistration
{
    /// <summary>
    /// Keeps the instances of this saga in Redis, through the container's <see cref="IConnectionMultiplexer"/>. Put
    /// <c>UseMessageRetry</c> on the endpoint, before the outbox: a message that meets a <see cref="SagaConflictException"/> must load
    /// the instance again.
    /// </summary>
    /// <param name="configurator">What <c>AddSagaStateMachine</c> returned.</param>
    /// <param name="options">Where and for how long.</param>
    public static ISagaRegistrationConfigurator<TSaga> RedisRepository<TSaga>(
        this ISagaRegistrationConfigurator<TSaga> configurator, RedisSagaOptions<TSaga> options)
        where TSaga : class, ISagaVersion =>
        configurator.Repository(services =>
        {
            services.AddSingleton(provider => new SagaStore<TSaga>(provider.GetRequiredService<IConnectionMultiplexer>(), options));
            services.RegisterLoadSagaRepository<TSaga, RedisSagaRepositoryContextFactory<TSaga>>();
            services.RegisterSagaRepository<TSaga, SagaStore<TSaga>, SagaConsumeContextFactory<SagaStore<TSaga>, TSaga>,
                RedisSagaRepositoryContextFactory<TSaga>>();
        });
}
