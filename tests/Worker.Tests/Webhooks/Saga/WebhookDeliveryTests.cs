using System.Text.Json;
using Gateway.Contracts;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Saga;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

/// <summary>The saga on the in-memory bus, with three attempts in all and the retry queue watched by a handler.</summary>
public abstract class WebhookDeliveryTests : IAsyncLifetime
{
    private readonly ServiceProvider _services;

    protected WebhookDeliveryTests() => _services = new ServiceCollection()
        .AddLogging()
        .AddSingleton(TimeProvider.System)
        .AddSingleton(new RetrySchedule([TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20)]))
        .AddMassTransitTestHarness(bus =>
        {
            bus.AddHandler((DeliverWebhook _) => Task.CompletedTask).Endpoint(e => e.Name = QueueNames.WebhooksRetry);
            bus.AddSagaStateMachine<WebhookDeliveryStateMachine, WebhookDelivery>();
            bus.UsingInMemory((context, memory) =>
            {
                memory.UseDelayedMessageScheduler();
                memory.ReceiveEndpoint(QueueNames.WebhookAttempts, endpoint =>
                {
                    endpoint.UseInMemoryOutbox(context);
                    endpoint.ConfigureSaga<WebhookDelivery>(context);
                });
                memory.ConfigureEndpoints(context);
            });
        })
        .BuildServiceProvider(validateScopes: true);

    protected ITestHarness Harness => _services.GetTestHarness();

    protected ISagaStateMachineTestHarness<WebhookDeliveryStateMachine, WebhookDelivery> Saga =>
        Harness.GetSagaStateMachineHarness<WebhookDeliveryStateMachine, WebhookDelivery>();

    protected WebhookDeliveryStateMachine Machine => _services.GetRequiredService<WebhookDeliveryStateMachine>();

    protected DeliverWebhook Delivery { get; } = new()
    {
        MerchantId = "m-1",
        Event = "payment.completed",
        Payload = JsonSerializer.SerializeToElement(new { amount = "1.10" }),
        OccurredAt = new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero),
    };

    public async ValueTask InitializeAsync() => await Harness.Start();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _services.DisposeAsync();
    }

    protected WebhookAttemptFailed Failed(int attempt, bool isFinal = false) => new()
    {
        DeliveryId = Delivery.DeliveryId,
        Delivery = Delivery with { Attempt = attempt - 1 },
        Attempt = attempt,
        Reason = isFinal ? "gone" : "status",
        StatusCode = isFinal ? 410 : 503,
        IsFinal = isFinal,
        FailedAt = new DateTimeOffset(2026, 1, 31, 8, 0, attempt, TimeSpan.Zero),
    };

    protected WebhookRecovered RecoveredAt(int attempt) => new()
    {
        DeliveryId = Delivery.DeliveryId,
        MerchantId = Delivery.MerchantId,
        Event = Delivery.Event,
        Attempt = attempt,
        DeliveredAt = new DateTimeOffset(2026, 1, 31, 8, 1, 0, TimeSpan.Zero),
    };

    protected int RetriesSent => SentTo(QueueNames.WebhooksRetry);

    protected int DeadLettersSent => SentTo(QueueNames.ErrorsOf(QueueNames.Webhooks));

    /// <summary>Publishes an event and waits until the saga has dealt with it and what it sent is on the bus.</summary>
    protected async Task TellAsync<T>(T message, Guid? messageId = null)
        where T : class
    {
        using var receipt = new Receipt(Harness.Bus, messageId ?? NewId.NextGuid());
        await Harness.Bus.Publish(message, context => context.MessageId = receipt.MessageId, TestContext.Current.CancellationToken);
        await receipt.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    protected async Task<IReadOnlyList<DeliverWebhook>> RetriesAsync(int count)
    {
        var retries = new List<DeliverWebhook>();
        await foreach (var received in Harness.Consumed.SelectAsync<DeliverWebhook>(TestContext.Current.CancellationToken))
        {
            retries.Add(received.Context.Message);
            if (retries.Count == count)
            {
                break;
            }
        }

        return retries;
    }

    /// <summary>The delivery's saga if it is in this state, else null.</summary>
    protected WebhookDelivery? InState(State state) =>
        Saga.Sagas.Contains(Delivery.DeliveryId) is { } saga && saga.CurrentState == state.Name ? saga : null;

    private int SentTo(string queue) => Harness.Sent
        .Select<DeliverWebhook>(new CancellationToken(canceled: true))
        .Count(sent => sent.Context.DestinationAddress!.Segments[^1] == queue);
}
