using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>The instances of one saga type in this process, for a worker without Redis. They are gone when it stops.</summary>
internal sealed class InMemorySagaStore<TSaga> : ISagaStore<TSaga>
    where TSaga : class, ISaga, ISagaVersion, new()
{
    // As in Redis, so that nobody changes what another has loaded.
    private readonly Dictionary<Guid, byte[]> _values = [];

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredSaga<TSaga>>> LoadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        lock (_values)
        {
            return Task.FromResult<IReadOnlyList<StoredSaga<TSaga>>>([.. ids.Select(Load)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Guid>> SaveAsync(IReadOnlyCollection<StoredSaga<TSaga>> sagas)
    {
        lock (_values)
        {
            IReadOnlyList<Guid> conflicts = [.. sagas.Where(stored => !TrySave(stored)).Select(stored => stored.Saga.CorrelationId)];
            return Task.FromResult(conflicts);
        }
    }

    private StoredSaga<TSaga> Load(Guid id)
    {
        if (!_values.TryGetValue(id, out var value))
        {
            return SagaFormat.New<TSaga>(id);
        }

        return SagaFormat.Read<TSaga>(value, id, out var complaint)
            ?? throw new InvalidOperationException($"The saga {id} cannot be read: {complaint}");
    }

    private bool TrySave(StoredSaga<TSaga> stored)
    {
        var id = stored.Saga.CorrelationId;
        var isUnchanged = _values.TryGetValue(id, out var value)
            ? stored.Basis is { } basis && value.AsSpan().StartsWith(basis)
            : stored.Basis is null;
        if (isUnchanged)
        {
            _values[id] = SagaFormat.Write(stored);
        }

        return isUnchanged;
    }
}
