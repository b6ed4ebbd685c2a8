using Gateway.Contracts;
using Gateway.Persistence.Sagas;
using Gateway.Worker.Webhooks.Saga;
using MassTransit;
using MassTransit.Mediator;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

/// <summary>The consumer of attempts with sagas in memory.</summary>
public abstract class WebhookDeliveryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    private const string MerchantId = "m-1";

    private readonly IMediator _mediator;

    protected WebhookDeliveryTests()
    {
        var consumer = new WebhookAttemptsConsumer(Sagas, new WebhookDeliveryStateMachine());
        _mediator = MassTransit.Bus.Factory.CreateMediator(mediator => mediator.Instance(consumer));
    }

    protected Guid Id { get; } = Guid.CreateVersion7();

    protected ISagaStore<WebhookDelivery> Sagas { get; } = new InMemorySagaStore<WebhookDelivery>();

    protected static DateTimeOffset Minute(int minute) => Start.AddMinutes(minute);

    /// <summary>An attempt that ended in the minute of its number, unless it says another, with a retry ten minutes after it.</summary>
    protected WebhookAttemptRecorded Failed(int attempt, int round = 0, int? minute = null) => new()
    {
        DeliveryId = Id,
        MerchantId = MerchantId,
        Event = "payment.completed",
        Round = (short)round,
        Attempt = attempt,
        Reason = "status",
        StatusCode = 503,
        EndedAt = Minute(minute ?? attempt),
        NextAttemptAt = Minute((minute ?? attempt) + 10),
    };

    protected WebhookAttemptRecorded LastFailed(int attempt, int round = 0, int? minute = null) =>
        Failed(attempt, round, minute) with { NextAttemptAt = null };

    protected WebhookAttemptRecorded Succeeded(int attempt, int round = 0, int? minute = null) =>
        LastFailed(attempt, round, minute) with { Reason = null, StatusCode = 204 };

    /// <summary>Tells of attempts in one message, as a commit does. Returns when the sagas know of them.</summary>
    protected Task TellAsync(params WebhookAttemptRecorded[] attempts) =>
        _mediator.Publish(new WebhookAttemptsRecorded { Attempts = attempts }, TestContext.Current.CancellationToken);

    protected static Guid SagaOf(Guid deliveryId) => WebhookDelivery.IdOf(deliveryId, MerchantId);

    protected Task<WebhookDelivery> SagaAsync() => SagaAsync(Id);

    protected async Task<WebhookDelivery> SagaAsync(Guid id) =>
        Assert.Single(await Sagas.LoadAsync([SagaOf(id)], TestContext.Current.CancellationToken)).Saga;
}
