using Gateway.Persistence.Sagas;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

/// <summary>A store as one who wants one instance sees it.</summary>
internal static class SagaStoreExtensions
{
    public static async Task<StoredSaga<TSaga>> LoadAsync<TSaga>(this ISagaStore<TSaga> store, Guid id)
        where TSaga : class, ISaga, ISagaVersion, new() =>
        Assert.Single(await store.LoadAsync([id], TestContext.Current.CancellationToken));

    /// <summary>Saves an instance; false when somebody else did.</summary>
    public static async Task<bool> SaveAsync<TSaga>(this ISagaStore<TSaga> store, StoredSaga<TSaga> saga)
        where TSaga : class, ISaga, ISagaVersion, new()
    {
        var conflicts = await store.SaveAsync([saga]);
        Assert.Equal(conflicts.Count == 0 ? [] : [saga.Saga.CorrelationId], conflicts);
        return conflicts.Count == 0;
    }

    /// <summary>Loads an instance, changes it and saves it.</summary>
    public static async Task<bool> ChangeAsync<TSaga>(this ISagaStore<TSaga> store, Guid id, Action<TSaga> change)
        where TSaga : class, ISaga, ISagaVersion, new()
    {
        var loaded = await store.LoadAsync(id);
        change(loaded.Saga);
        return await store.SaveAsync(loaded);
    }
}
