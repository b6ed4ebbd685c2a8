using System.Text.Json;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.Envelopes;
using Gateway.Worker.Configuration;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>The bus: RabbitMQ in full mode, in memory in embedded mode.</summary>
public static class BusSetup
{
    /// <summary>Adds the bus with what the features bring to it.</summary>
    public static IServiceCollection AddGatewayBus(this IServiceCollection services, GatewayOptions options, params IReadOnlyList<BusFeature> features)
    {
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.StopTimeout = options.StopTimeout;
            host.ConsumerStopTimeout = options.StopTimeout;
        });

        if (options.Mode == GatewayMode.Full)
        {
            services.AddSingleton(options.RabbitMq);
            services.AddSingleton<BrokerConnection>();
        }

        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            foreach (var feature in features)
            {
                feature.AddConsumers(bus);
            }

            if (options.Mode == GatewayMode.Full)
            {
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.Host(options.RabbitMq);
                    // For the queues that do not share the gate; those that do say it themselves.
                    rabbit.PrefetchCount = PrefetchFor(options.Gate.Slots);
                    rabbit.UseDelayedSends(context);
                    rabbit.ConfigureEndpoints(context, options, features);
                });
            }
            else
            {
                bus.UsingInMemory((context, memory) =>
                {
                    memory.UseDelayedSends(context);
                    memory.ConfigureEndpoints(context, options, features);
                });
            }
        });
    }

    private static void ConfigureEndpoints(
        this IBusFactoryConfigurator bus, IBusRegistrationContext context, GatewayOptions options, IReadOnlyList<BusFeature> features)
    {
        bus.AddDeserializer(new EnvelopeDeserializer());
        bus.AddDeserializer(new PlainJsonDeserializer(), isDefault: true);
        bus.ConfigureJsonSerializerOptions(json =>
        {
            json.WriteIndented = false;
            // A payload goes out as it came in, so what is no JSON must not come in.
            json.AllowTrailingCommas = false;
            json.ReadCommentHandling = JsonCommentHandling.Disallow;
            return json;
        });
        bus.ConcurrentMessageLimit = options.Gate.Slots;
        bus.ConnectEndpointConfigurationObserver(new ReadableReasons(context.GetRequiredService<TimeProvider>()));
        foreach (var feature in features)
        {
            feature.ConfigureEndpoints(bus, context);
        }
    }

    // A few messages more than can be worked on, so that a slot that frees finds its next message already here.
    private static int PrefetchFor(int concurrency) => Math.Clamp(concurrency + concurrency / 2, 16, ushort.MaxValue);

    private static void Host(this IRabbitMqBusFactoryConfigurator rabbit, RabbitMqOptions options) =>
        rabbit.Host(options.Host, options.Port, options.VirtualHost, host =>
        {
            host.Username(options.User);
            host.Password(options.Password);
            host.ConnectionName("Gateway.Worker");
            if (options.Tls)
            {
                host.UseSsl(_ => { });
            }
        });
}
