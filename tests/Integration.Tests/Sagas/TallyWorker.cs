using Gateway.Persistence.Sagas;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Gateway.Integration.Tests.Sagas;

/// <summary>One worker: a bus of its own, in memory, with the machine on the Redis repository through a connection of its own.</summary>
public sealed class TallyWorker : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    private TallyWorker(ServiceProvider provider) => _provider = provider;

    public IServiceProvider Services => _provider;

    /// <param name="redis">Its connection.</param>
    /// <param name="options">How its machine is built.</param>
    /// <param name="retries">How often a message that lost a conflict is tried again.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<TallyWorker> Start(
        IConnectionMultiplexer redis, TallyOptions? options = null, int retries = 0, CancellationToken cancellationToken = default)
    {
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(redis)
            .AddSingleton(options ?? new TallyOptions())
            .AddMassTransit(bus =>
            {
                bus.DisableUsageTelemetry();
                bus.AddSagaStateMachine<TallyMachine, Tally>().RedisRepository(new() { ExpiresIn = _ => TimeSpan.FromDays(7) });
                bus.AddConfigureEndpointsCallback((context, _, endpoint) =>
                {
                    endpoint.PrefetchCount = 32;
                    if (retries > 0)
                        endpoint.UseMessageRetry(retry =>
                        {
                            retry.Handle<ConcurrencyException>();
                            retry.Immediate(retries);
                        });
                    endpoint.UseInMemoryOutbox(context);
                });
                bus.UsingInMemory((context, configurator) => configurator.ConfigureEndpoints(context));
            });
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IBusControl>().StartAsync(cancellationToken);
        return new(provider);
    }

    /// <summary>Sends one event and awaits the tally's answer; it comes after the save.</summary>
    public async Task<TallyAnswered> Ask<TEvent>(TEvent message, CancellationToken cancellationToken)
        where TEvent : class =>
        (await Client<TEvent>().GetResponse<TallyAnswered>(message, cancellationToken)).Message;

    public IRequestClient<TEvent> Client<TEvent>()
        where TEvent : class => _provider.GetRequiredService<IBus>().CreateRequestClient<TEvent>();

    public async ValueTask DisposeAsync()
    {
        await _provider.GetRequiredService<IBusControl>().StopAsync();
        await _provider.DisposeAsync();
    }
}
