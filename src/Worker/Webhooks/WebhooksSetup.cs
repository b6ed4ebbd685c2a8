using Gateway.Persistence.Sagas;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Acknowledgements;
using Gateway.Worker.Bus.ClosedChannels;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.Publishers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Priority;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Recovery;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Saga;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;
using MassTransit;
using StackExchange.Redis;

namespace Gateway.Worker.Webhooks;

/// <summary>Registers webhook delivery: services, consumers, saga and their endpoints.</summary>
public static class WebhooksSetup
{
    /// <summary>Adds what the consumers need.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton(options.Webhooks);
        services.AddSingleton(new RetrySchedule(options.Webhooks.RetryDelays));
        services.AddSingleton<EndpointDirectory>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton(options.Webhooks.Isolation);
        services.AddSingleton<MerchantLanes>();
        services.AddSingleton<DisabledEndpointMail>();
        services.AddSingleton<Resending>();
        services.AddHostedService<RecoveryRunner>();
        services.AddSingleton<WebhookSigner>();
        services.AddSingleton(provider => new EndpointGuard(provider.GetRequiredService<WebhookOptions>()));
        // Without a collector there is no span of the request either, which would cost every attempt something.
        services.AddSingleton(provider => new WebhookSender(
            provider.GetRequiredService<WebhookOptions>(),
            provider.GetRequiredService<EndpointGuard>(),
            provider.GetRequiredService<TimeProvider>(),
            options.Telemetry.Collector is null ? null : new TraceParentPropagator(options.Webhooks.TellsTrace)));
        services.AddSingleton<WebhookMetrics>();
        services.AddHostedService<EndpointMetrics>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<DeliverWebhookConsumer>();
        services.AddSingleton<WebhookDeliveryStateMachine>();
        services.AddSingleton<WebhookAttemptsConsumer>();

        if (options.Mode == GatewayMode.Full)
        {
            services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(options.Redis.Connection));
            services.AddSingleton<IDeliveryRegister, RedisDeliveryRegister>();
            services.AddRedisSagas(new RedisSagaOptions<WebhookDelivery>
            {
                // A finished delivery is kept for those who ask; an unfinished one longer than its longest possible wait.
                ExpiresIn = delivery => delivery.EndedAt is null ? TimeSpan.FromDays(14) : TimeSpan.FromDays(7),
            });
            // Of a request's scope, as the scheduler is.
            services.AddScoped<LostDeliveries>();
        }
        else
        {
            services.AddSingleton<IDeliveryRegister, InMemoryDeliveryRegister>();
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
        bus.AddDelayedSends(QueueNames.Webhooks, [.. options.Webhooks.RetryDelays, .. options.Webhooks.Isolation.SnoozeDelays]);
        bus.AddDelayedSends(QueueNames.WebhooksRetry, [.. options.Webhooks.RetryDelays, .. options.Webhooks.Isolation.SnoozeDelays]);
        bus.AddDelayedSends(QueueNames.EndpointMails, options.Webhooks.RetryDelays);
    }

    private static void ConfigureWebhookEndpoints(this IBusFactoryConfigurator bus, IBusRegistrationContext context, GatewayOptions options)
    {
        // The consumer keeps no state, so one instance serves every message, without a scope for each. It is made with the bus, and
        // with it the connection to Redis: made by the first messages, it would block as many threads as there are messages.
        var consumer = context.GetRequiredService<DeliverWebhookConsumer>();

        bus.ReceiveEndpoint(QueueNames.Webhooks, endpoint =>
        {
            endpoint.TakeForGate(options.Gate);
            endpoint.GatherAcknowledgements(context);
            endpoint.ContinuePublishersTraces();
            endpoint.RedeliverUnexpectedFaults(options);
            endpoint.Instance(consumer);
        });

        bus.ReceiveEndpoint(QueueNames.WebhooksRetry, endpoint =>
        {
            endpoint.TakeForGate(options.Gate);
            endpoint.GatherAcknowledgements(context);
            // Only retries come here, sent by the saga: a published DeliverWebhook goes to the first queue alone.
            endpoint.ConfigureConsumeTopology = false;
            endpoint.RedeliverUnexpectedFaults(options);
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
            endpoint.RedeliverUnexpectedFaults(options);
            endpoint.Instance(context.GetRequiredService<DisabledEndpointMail>());
        });
    }

    private static void RedeliverUnexpectedFaults(this IReceiveEndpointConfigurator endpoint, GatewayOptions options) =>
        endpoint.UseScheduledRedelivery(redelivery =>
        {
            redelivery.Intervals([.. options.Webhooks.RetryDelays]);
            redelivery.Ignore<RejectedDeliveryException>();
            // A stop or a pause of the queue ended its wait: it goes back to its queue as it is.
            redelivery.Ignore<OperationCanceledException>();
        });
}
