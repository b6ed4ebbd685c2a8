using Gateway.Worker.Configuration;
using Gateway.Worker.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Worker.Outbox;

/// <summary>Registers the outbox. Comes after the bus: services stop in reverse order, and what is taken is still published.</summary>
public static class OutboxSetup
{
    /// <summary>Adds the dispatcher, what wakes it, and its metrics.</summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services, GatewayMode mode, MetricsOptions metrics)
    {
        services.AddSingleton(new OutboxOptions());
        services.AddSingleton<OutboxSignal>();
        services.AddHostedService<OutboxDispatcher>();
        services.TryAddSingleton(metrics);
        services.AddHostedService<OutboxMetrics>();
        if (mode == GatewayMode.Full)
        {
            services.AddHostedService<OutboxListener>();
            services.AddSingleton<BrokerProbe>();
        }

        return services;
    }
}
