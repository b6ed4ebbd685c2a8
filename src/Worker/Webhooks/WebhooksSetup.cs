using Gateway.Persistence.JobLog;
using Gateway.Persistence.Sagas;
using Gateway.Worker.Bulk;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Acknowledgements;
using Gateway.Worker.Bus.ClosedChannels;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.PublisherTraces;
using Gateway.Worker.Configuration;
using Gateway.Worker.Gate;
using Gateway.Worker.Servers;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Partitions;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Resending;
using Gateway.Worker.Webhooks.Saga;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Gateway.Worker.Webhooks;

/// <summary>Registers webhook delivery: services, consumers, saga and their endpoints.</summary>
public static class WebhooksSetup
{
    /// <summary>The queues of deliveries at the gate, with their weights.</summary>
    public static IReadOnlyList<GateFlow> Flows { get; } = [new(QueueNames.Webhooks, 5), new(QueueNames.WebhooksRetry, 3)];

    /// <summary>The queues of deliveries.</summary>
    /// <param name="partitions">Over how many queues first attempts are spread at the broker, from 1.</param>
    public static IReadOnlyList<QueueDescription> QueuesOf(int partitions) =>
        [new(QueueNames.Webhooks, WebhookJob.Type, partitions), new(QueueNames.WebhooksRetry, WebhookJob.Type)];

    /// <summary>What follows from deliveries and is no job.</summary>
    public static IReadOnlyList<QueueDescription> OwnQueues { get; } =
        [new(QueueNames.WebhookAttempts, null), new(QueueNames.EndpointMails, null)];

    /// <summary>Adds what the consumers and the waiting room need.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">How webhooks are delivered.</param>
    /// <param name="mode">On servers or alone.</param>
    /// <param name="redis">Where attempts are remembered, in full mode.</param>
    /// <param name="isTraced">Whether a collector takes the traces.</param>
    public static IServiceCollection AddWebhooks(
        this IServiceCollection services, WebhookOptions options, GatewayMode mode, RedisOptions redis, bool isTraced)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Sending);
        services.AddSingleton(options.Signing);
        services.AddSingleton(options.Endpoints);
        services.AddSingleton(options.Waiting);
        services.AddSingleton(new RetrySchedule(options.RetryDelays));
        services.AddSingleton<EndpointDirectory>();
        services.AddSingleton<EndpointRules>();
        services.AddSingleton<EndpointSurvey>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton(options.Isolation);
        services.AddSingleton<MerchantBulkheads>();
        services.AddSingleton<EndpointHolds>();
        services.AddHostedService(provider => provider.GetRequiredService<EndpointHolds>());
        services.AddSingleton<RecordedAttempts>();
        services.AddSingleton<WaitingSignal>();
        services.AddSingleton<ReleaseMetrics>();
        services.AddHostedService<WebhookReleaser>();
        services.AddSingleton<DisabledEndpointsMail>();
        services.AddSingleton<WebhookResender>();
        services.AddSingleton<LostDeliveries>();
        services.AddSingleton<IBulkWork, RecoverWebhooks>();
        services.AddSingleton<WebhookSigner>();
        services.AddSingleton(provider => new EndpointGuard(
            options.Sending,
            // What is about the network goes by its clock even where a test stops the program's.
            new NameLookups(options.Sending.NameServers, TimeProvider.System).ResolveAsync,
            TimeProvider.System));
        // Without a collector there is no span of the request either, which would cost every attempt something.
        services.AddSingleton(provider => new WebhookSender(
            options.Sending,
            provider.GetRequiredService<EndpointGuard>(),
            provider.GetRequiredService<TimeProvider>(),
            isTraced ? new TraceParentPropagator(options.Sending.TellsTrace) : null));
        services.AddSingleton<WebhookMetrics>();
        services.AddHostedService<EndpointMetrics>();
        services.AddSingleton<DeliveryRecords>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<AttemptMaker>();
        services.AddSingleton<DeliverWebhookConsumer>();
        services.AddSingleton<RedisWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisWatch>());
        services.AddSingleton<WebhookDeliveryStateMachine>();
        services.AddSingleton<WebhookAttemptsConsumer>();

        if (mode == GatewayMode.Full)
        {
            services.AddSingleton(_ => redis.ToConnection());
            services.AddSingleton<CircuitBreakerManualControl>();
            services.AddSingleton<IDeliveryRegister, RedisDeliveryRegister>();
            services.AddSingleton<IReleasePublisher, RabbitMqReleasePublisher>();
            services.AddRedisSagas(new RedisSagaOptions<WebhookDelivery>
            {
                // A finished delivery is kept for those who ask; an unfinished one longer than its longest possible wait.
                ExpiresIn = delivery => delivery.EndedAt is null ? TimeSpan.FromDays(14) : TimeSpan.FromDays(7),
            });
        }
        else
        {
            services.AddSingleton<IDeliveryRegister, InMemoryDeliveryRegister>();
            services.AddSingleton<IReleasePublisher, InMemoryReleasePublisher>();
            services.AddInMemorySagas<WebhookDelivery>();
        }

        return services;
    }

    /// <summary>
    /// Adds what spreads the queue of first attempts. Comes before the bus, so that all is led there before the first message.
    /// </summary>
    public static IServiceCollection AddWebhookPartitions(this IServiceCollection services, GatewayMode mode)
    {
        if (mode == GatewayMode.Full)
        {
            services.AddSingleton<PartitionSignal>();
            services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<PartitionSignal>());
            services.AddHostedService<WebhookPartitions>();
        }

        return services;
    }

    /// <summary>The consumers and their queues.</summary>
    public static BusFeature OnBus(WebhookOptions options, GateOptions gate) => new(
        bus => bus.AddDelayedSends(QueueNames.EndpointMails, options.RetryDelays),
        (bus, context) => bus.ConfigureQueues(context, options, gate));

    private static void ConfigureQueues(
        this IBusFactoryConfigurator bus, IBusRegistrationContext context, WebhookOptions options, GateOptions gate)
    {
        // The consumer keeps no state, so one instance serves every message, without a scope for each. It is made with the bus, and
        // with it the connection to Redis: made by the first messages, it would block as many threads as there are messages.
        var consumer = context.GetRequiredService<DeliverWebhookConsumer>();
        var bytes = new ByteBudgetFilter(context.GetRequiredService<ByteBudget>());

        for (var partition = 1; partition <= options.Partitions; partition++)
        {
            var number = partition;
            bus.ReceiveEndpoint(QueueNames.PartitionOf(QueueNames.Webhooks, number), endpoint =>
            {
                if (options.Partitions > 1)
                {
                    endpoint.TakePartition(QueueNames.Webhooks, number);
                }

                endpoint.TakeForGate(gate, options.MaxPayloadBytes, options.Partitions);
                endpoint.ConfigureReceive(receive => receive.UseFilter(bytes));
                endpoint.GatherAcknowledgements(context);
                endpoint.ContinuePublishersTraces();
                endpoint.Instance(consumer);
            });
        }

        bus.ReceiveEndpoint(QueueNames.WebhooksRetry, endpoint =>
        {
            endpoint.TakeForGate(gate, options.MaxPayloadBytes);
            endpoint.ConfigureReceive(receive => receive.UseFilter(bytes));
            endpoint.GatherAcknowledgements(context);
            // Only retries come here, out of the waiting room: a published DeliverWebhook goes to the first queue alone.
            endpoint.ConfigureConsumeTopology = false;
            endpoint.Instance(consumer);
        });

        bus.ReceiveEndpoint(QueueNames.WebhookAttempts, endpoint =>
        {
            endpoint.UseFilter(new EndWithChannelFilter());
            // While Redis is away the attempts wait here, in their durable queue. Nothing else waits for them.
            endpoint.UseMessageRetry(retry =>
            {
                retry.Exponential(int.MaxValue, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50));
                retry.Handle(typeof(RedisException), typeof(RedisCommandException), typeof(TimeoutException));
            });
            endpoint.GatherAcknowledgements(context);
            endpoint.Instance(context.GetRequiredService<WebhookAttemptsConsumer>());
        });

        bus.ReceiveEndpoint(QueueNames.EndpointMails, endpoint =>
        {
            endpoint.UseScheduledRedelivery(redelivery =>
            {
                redelivery.Intervals([.. options.RetryDelays]);
                // A stop ended its wait: it goes back to its queue as it is.
                redelivery.Ignore<OperationCanceledException>();
            });
            endpoint.PrefetchCount = DisabledEndpointsMail.MostInOne;
            endpoint.Consumer(context.GetRequiredService<DisabledEndpointsMail>, consumer => consumer.Options<BatchOptions>(batch => batch
                .SetMessageLimit(DisabledEndpointsMail.MostInOne)
                .SetTimeLimit(DisabledEndpointsMail.WaitForNext)
                .SetTimeLimitStart(BatchTimeLimitStart.FromLast)));
        });
    }
}
