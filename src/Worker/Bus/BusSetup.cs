using System.Text.Json;
using Gateway.Worker.Bus.ClosedChannels;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.Envelopes;
using Gateway.Worker.Bus.Topology;
using Gateway.Worker.Calendar;
using Gateway.Worker.Configuration;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// The bus: in memory in embedded mode; on RabbitMQ in full mode, where one consumes and another publishes, each with a connection of its
/// own.
/// </summary>
public static class BusSetup
{
    // How long a step may take that the broker answers, such as opening a channel, until its connection counts as lost.
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(10);

    /// <summary>Adds the bus with what the features bring to it.</summary>
    public static IServiceCollection AddGatewayBus(
        this IServiceCollection services, BusOptions options, params IReadOnlyList<BusFeature> features)
    {
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.StopTimeout = options.StopTimeout;
            host.ConsumerStopTimeout = options.StopTimeout;
        });

        services.AddSingleton<ByteBudget>();
        services.AddSingleton<BrokerAlarms>();
        services.AddHostedService(provider => provider.GetRequiredService<BrokerAlarms>());

        if (options.Mode == GatewayMode.Full)
        {
            services.AddSingleton(options.RabbitMq);
            services.AddSingleton<MessageMover>();
            services.AddSingleton<BrokerWatch>();
            services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BrokerWatch>());
            services.AddSingleton<BrokerGreeting>();
            services.AddSingleton<ClusterWatch>();
            services.AddHostedService(provider => provider.GetRequiredService<ClusterWatch>());
            services.AddSingleton<DeclaredOtherwise>();
            services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<DeclaredOtherwise>());
            return services.AddPublishing(options).AddConsuming(options, features);
        }

        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumers(features);
            bus.UsingInMemory((context, memory) =>
            {
                memory.UseDelayedSends(context);
                memory.ConfigureEndpoints(context, mover: null, options, features);
            });
        });
    }

    // The bus of all who ask for IBus.
    private static IServiceCollection AddPublishing(this IServiceCollection services, BusOptions options) =>
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(options.RabbitMq, "Gateway.Worker publishing");
                rabbit.ConfigureMessages(options.BusinessTime);
                rabbit.DeclareDelayedSends(context);
            });
        });

    private static IServiceCollection AddConsuming(
        this IServiceCollection services, BusOptions options, IReadOnlyList<BusFeature> features) =>
        services.AddMassTransit<IConsumingBus>(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumers(features);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(options.RabbitMq, "Gateway.Worker", context.GetRequiredService<BrokerGreeting>().GreetAsync);
                // For the queues that do not share the gate; those that do say it themselves.
                rabbit.PrefetchCount = PrefetchFor(options.Slots);
                rabbit.UseDelayedSends(context);
                rabbit.ConnectEndpointConfigurationObserver(new DeclaredByOurWord(options.RabbitMq.QueueType));
                rabbit.ConnectEndpointConfigurationObserver(new LostStartFilter(options.StopTimeout, TimeProvider.System));
                rabbit.ConfigureEndpoints(context, context.GetRequiredService<MessageMover>(), options, features);
            });
        });

    private static void AddConsumers(this IBusRegistrationConfigurator bus, IReadOnlyList<BusFeature> features)
    {
        foreach (var feature in features)
        {
            feature.AddConsumers(bus);
        }
    }

    private static void ConfigureEndpoints(
        this IBusFactoryConfigurator bus,
        IBusRegistrationContext context,
        MessageMover? mover,
        BusOptions options,
        IReadOnlyList<BusFeature> features)
    {
        bus.ConfigureMessages(options.BusinessTime);
        bus.ConcurrentMessageLimit = options.Slots;
        bus.ConnectEndpointConfigurationObserver(new ReadableReasons(mover, context.GetRequiredService<TimeProvider>()));
        foreach (var feature in features)
        {
            feature.ConfigureEndpoints(bus, context);
        }
    }

    private static void ConfigureMessages(this IBusFactoryConfigurator bus, BusinessTime businessTime)
    {
        bus.AddDeserializer(new EnvelopeDeserializer());
        bus.AddDeserializer(new PlainJsonDeserializer(), isDefault: true);
        bus.ConfigureJsonSerializerOptions(json =>
        {
            json.WriteIndented = false;
            // A payload goes out as it came in, so what is no JSON must not come in.
            json.AllowTrailingCommas = false;
            json.ReadCommentHandling = JsonCommentHandling.Disallow;
            // Before those of the library, and of a bus that was configured before.
            json.Converters.Insert(0, new LeapSecondTime());
            json.Converters.Insert(0, new BusinessDate(businessTime));
            return json;
        });
    }

    // A few messages more than can be worked on, so that a slot that frees finds its next message already here.
    private static int PrefetchFor(int concurrency) => Math.Clamp(concurrency + concurrency / 2, 16, ushort.MaxValue);

    private static void Host(
        this IRabbitMqBusFactoryConfigurator rabbit, RabbitMqOptions options, string name, Func<Task>? beforeConnecting = null) =>
        rabbit.Host(options.Nodes[0].Host, (ushort)options.Nodes[0].Port!, options.VirtualHost, host =>
        {
            host.Username(options.User);
            host.Password(options.Password);
            host.ConnectionName(name);
            host.Heartbeat(options.Heartbeat);
            host.ContinuationTimeout(LongestStep);
            // Not its own cluster and TLS: that gives all nodes one name, and believes certificates of any authority.
            host.OnRefreshConnectionFactory = factory =>
            {
                factory.EndpointResolverFactory = _ => options.ToResolver();
                factory.AuthMechanisms = options.AuthMechanisms;
                return beforeConnecting?.Invoke() ?? Task.CompletedTask;
            };
        });
}
