using MassTransit;
using MassTransit.Middleware;
using MassTransit.Saga;

namespace Gateway.Persistence.Sagas;

/// <summary>Reads an instance outside of a message, such as for an API.</summary>
internal sealed class RedisLoadSagaRepositoryContext<TSaga>(SagaStore<TSaga> store, CancellationToken cancellationToken)
    : BasePipeContext(cancellationToken), LoadSagaRepositoryContext<TSaga>
    where TSaga : class, ISagaVersion
{
    public async Task<TSaga> Load(Guid correlationId)
    {
        var stored = await store.Load(correlationId, CancellationToken).ConfigureAwait(false);
        // The interface predates nullable annotations; its documentation says null.
        return stored?.Saga!;
    }
}
