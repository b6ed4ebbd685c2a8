using Gateway.Persistence.Sagas;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Acknowledgements;
using Gateway.Worker.Bus.ClosedChannels;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.PublisherTraces;
using Gateway.Worker.Configuration;
using Gateway.Worker.Gate;
using Gateway.Worker.Hosting;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
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
    /// <summary>Adds what the consumers and the waiting room need.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton(options.Webhooks);
        services.AddSingleton(new RetrySchedule(options.Webhooks.RetryDelays));
        services.AddSingleton<EndpointDirectory>();
        services.AddSingleton<EndpointRules>();
        services.AddSingleton<EndpointSurvey>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton(options.Webhooks.Isolation);
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
        services.AddHostedService<RecoveryRunner>();
        services.AddSingleton<WebhookSigner>();
        services.AddSingleton(provider => new EndpointGuard(
            provider.GetRequiredService<WebhookOptions>(),
            // What is about the network goes by its clock even where a test stops the program's.
            new NameLookups(options.Webhooks.NameServers, TimeProvider.System).ResolveAsync,
            TimeProvider.System));
        // Without a collector there is no span of the request either, which would cost every attempt something.
        services.AddSingleton(provider => new WebhookSender(
            provider.GetRequiredService<WebhookOptions>(),
            provider.GetRequiredService<EndpointGuard>(),
            provider.GetRequiredService<TimeProvider>(),
            options.Telemetry.Collector is null ? null : new TraceParentPropagator(options.Webhooks.TellsTrace)));
        services.AddSingleton<WebhookMetrics>();
        services.AddHostedService<EndpointMetrics>();
        services.AddSingleton<DeliveryRecords>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<DeliverWebhookConsumer>();
        services.AddSingleton<RedisWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisWatch>());
        services.AddSingleton<WebhookDeliveryStateMachine>();
        services.AddSingleton<WebhookAttemptsConsumer>();

        if (options.Mode == GatewayMode.Full)
        {
            services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(options.Redis.Connection));
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

    /// <summary>The consumers and their queues.</summary>
    public static BusFeature OnBus(GatewayOptions options) => new(
        bus => bus.AddWebhookConsumers(options),
        (bus, context) => bus.ConfigureWebhookEndpoints(context, options));

    private static void AddWebhookConsumers(this IBusRegistrationConfigurator bus, GatewayOptions options)
    {
        bus.AddDelayedSends(QueueNames.EndpointMails, options.Webhooks.RetryDelays);
    }

    private static void ConfigureWebhookEndpoints(this IBusFactoryConfigurator bus, IBusRegistrationContext context, GatewayOptions options)
    {
        // The consumer keeps no state, so one instance serves every message, without a scope for each. It is made with the bus, and
        // with it the connection to Redis: made by the first messages, it would block as many threads as there are messages.
        var consumer = context.GetRequiredService<DeliverWebhookConsumer>();
        var bytes = new ByteBudgetFilter(context.GetRequiredService<ByteBudget>());

        bus.ReceiveEndpoint(QueueNames.Webhooks, endpoint =>
        {
            endpoint.TakeForGate(options.Gate, options.Webhooks.MaxPayloadBytes);
            endpoint.ConfigureReceive(receive => receive.UseFilter(bytes));
            endpoint.GatherAcknowledgements(context);
            endpoint.ContinuePublishersTraces();
            endpoint.Instance(consumer);
        });

        bus.ReceiveEndpoint(QueueNames.WebhooksRetry, endpoint =>
        {
            endpoint.TakeForGate(options.Gate, options.Webhooks.MaxPayloadBytes);
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
                retry.Handle(typeof(RedisException), typeof(TimeoutException));
            });
            endpoint.GatherAcknowledgements(context);
            endpoint.Instance(context.GetRequiredService<WebhookAttemptsConsumer>());
        });

        bus.ReceiveEndpoint(QueueNames.EndpointMails, endpoint =>
        {
            endpoint.UseScheduledRedelivery(redelivery =>
            {
                redelivery.Intervals([.. options.Webhooks.RetryDelays]);
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
