using Gateway.Persistence.Sagas;
using MassTransit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

/// <summary>A store between whose first load and save something happens.</summary>
internal sealed class InterruptedStore<TSaga>(ISagaStore<TSaga> store, Func<Task> interrupt) : ISagaStore<TSaga>
    where TSaga : class, ISaga, ISagaVersion, new()
{
    private readonly List<int> _loads = [];

    /// <summary>How many instances each load was for.</summary>
    public IReadOnlyList<int> Loads => _loads;

    public async Task<IReadOnlyList<StoredSaga<TSaga>>> LoadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        _loads.Add(ids.Count);
        var loaded = await store.LoadAsync(ids, cancellationToken);
        if (_loads.Count == 1)
        {
            await interrupt();
        }

        return loaded;
    }

    public Task<IReadOnlyList<Guid>> SaveAsync(IReadOnlyCollection<StoredSaga<TSaga>> sagas) => store.SaveAsync(sagas);
}
