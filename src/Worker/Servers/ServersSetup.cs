using Gateway.Persistence;
using Gateway.Worker.Bus.Topology;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Servers;

/// <summary>Registers what tells operators and the probes how the servers fare. In embedded mode there are no servers.</summary>
public static class ServersSetup
{
    /// <summary>Adds the checks of servers, before whatever waits for a server.</summary>
    public static IServiceCollection AddServers(
        this IServiceCollection services, GatewayMode mode, DatabaseOptions database, RedisOptions redis)
    {
        services.AddSingleton<ServersHealth>();
        services.AddHealthChecks().AddCheck<ServersHealth>("servers", tags: ["ready"]);
        if (mode == GatewayMode.Full)
        {
            services.AddSingleton(database);
            services.AddSingleton(redis);
            services.AddSingleton<ServersAtStart>();
            services.AddHostedService(provider => provider.GetRequiredService<ServersAtStart>());
            services.AddSingleton<TopologyCheck>();
            services.AddHostedService<TopologyAtStart>();
        }

        return services;
    }

    /// <summary>Adds the database of the mode.</summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, GatewayMode mode, DatabaseOptions options) =>
        mode == GatewayMode.Full
            ? services.AddGatewayPostgres(options.ConnectionString, options.Encrypt)
            : services.AddGatewaySqlite(options.File);
}
