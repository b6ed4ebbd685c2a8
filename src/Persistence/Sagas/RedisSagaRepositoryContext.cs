using MassTransit;
using MassTransit.Context;
using MassTransit.Logging;
using MassTransit.Saga;

namespace Gateway.Persistence.Sagas;

/// <summary>The repository as one message sees it. It holds the revision of the one instance that the message concerns.</summary>
internal sealed class RedisSagaRepositoryContext<TSaga, TMessage>(
    SagaStore<TSaga> store, ConsumeContext<TMessage> message, ISagaConsumeContextFactory<SagaStore<TSaga>, TSaga> factory)
    : ConsumeContextScope<TMessage>(message), SagaRepositoryContext<TSaga, TMessage>
    where TSaga : class, ISagaVersion
    where TMessage : class
{
    private readonly ConsumeContext<TMessage> _message = message;
    private Revision? _revision;

    private Revision Loaded =>
        _revision ?? throw new InvalidOperationException($"This {typeof(TSaga).Name} was neither loaded nor inserted here.");

    public async Task<SagaConsumeContext<TSaga, TMessage>> Load(Guid correlationId)
    {
        if (await store.Load(correlationId, CancellationToken).ConfigureAwait(false) is not { } stored)
            return Missing;

        _revision = stored.Revision;
        return await CreateSagaConsumeContext(_message, stored.Saga, SagaConsumeContextMode.Load).ConfigureAwait(false);
    }

    public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) =>
        CreateSagaConsumeContext(_message, instance, SagaConsumeContextMode.Add);

    /// <summary>Inserts before the event is handled. An id that is taken is no conflict yet: the pipe loads the instance next.</summary>
    public async Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance)
    {
        _revision = await store.TryInsert(instance).ConfigureAwait(false);
        if (_revision is null)
            return Missing;

        _message.LogInsert<TSaga, TMessage>(instance.CorrelationId);
        return await CreateSagaConsumeContext(_message, instance, SagaConsumeContextMode.Insert).ConfigureAwait(false);
    }

    public async Task Save(SagaConsumeContext<TSaga> context) =>
        _revision = await store.TryInsert(context.Saga).ConfigureAwait(false)
            ?? throw Conflict(context, "Another message inserted the instance first");

    public async Task Update(SagaConsumeContext<TSaga> context) =>
        _revision = await store.TryUpdate(context.Saga, Loaded).ConfigureAwait(false)
            ?? throw Conflict(context, "Another message changed or removed the instance since it was loaded");

    public async Task Delete(SagaConsumeContext<TSaga> context)
    {
        if (!await store.TryDelete(context.Saga.CorrelationId, Loaded).ConfigureAwait(false))
            throw Conflict(context, "Another message changed or removed the instance before it could be deleted");
    }

    /// <summary>The instance was added and completed, or failed, within this message: nothing of it is stored.</summary>
    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    /// <summary>A read-only event: what is stored was not touched.</summary>
    public Task Undo(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(
        ConsumeContext<T> consumeContext, TSaga instance, SagaConsumeContextMode mode)
        where T : class =>
        factory.CreateSagaConsumeContext(store, consumeContext, instance, mode);

    // The interface predates nullable annotations; its documentation says default.
    private static SagaConsumeContext<TSaga, TMessage> Missing => null!;

    private static SagaConflictException Conflict(SagaConsumeContext<TSaga> context, string message) =>
        new(message, typeof(TSaga), context.Saga.CorrelationId);
}
