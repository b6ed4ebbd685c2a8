using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using MassTransit;

namespace Gateway.Worker.Servers;

/// <summary>Registers what speaks about the servers. In embedded mode there is none.</summary>
public static class ServersSetup
{
    /// <summary>Adds it, before whatever waits for a server.</summary>
    public static IServiceCollection AddServers(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<ServersHealth>();
        services.AddHealthChecks().AddCheck<ServersHealth>("servers", tags: ["ready"]);
        if (options.Mode == GatewayMode.Full)
        {
            services.AddSingleton<ServersAtStart>();
            services.AddHostedService(provider => provider.GetRequiredService<ServersAtStart>());
            services.AddSingleton<BrokerWatch>();
            services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BrokerWatch>());
        }

        return services;
    }
}
