using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>The instances of one saga type, loaded and saved many at a time.</summary>
/// <typeparam name="TSaga">
/// The saga's instance. Avoid <c>required</c> properties: an instance stored before they existed could not be read.
/// </typeparam>
public interface ISagaStore<TSaga>
    where TSaga : class, ISaga, ISagaVersion, new()
{
    /// <summary>Loads instances, in any order. An id that has none, or one that cannot be read, gets a new one.</summary>
    /// <param name="ids">The instances; none of them twice.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StackExchange.Redis.RedisException">Redis cannot be reached.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    Task<IReadOnlyList<StoredSaga<TSaga>>> LoadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Saves what was loaded. An instance that somebody else has saved, or removed, in between is not written. Takes no token: what was
    /// sent cannot be taken back.
    /// </summary>
    /// <param name="sagas">As they were loaded, each changed at will.</param>
    /// <returns>The ids of those that were not written, to be loaded again.</returns>
    /// <exception cref="StackExchange.Redis.RedisException">Redis cannot be reached. Some may have been saved.</exception>
    /// <exception cref="TimeoutException">Redis does not answer. Some may have been saved.</exception>
    Task<IReadOnlyList<Guid>> SaveAsync(IReadOnlyCollection<StoredSaga<TSaga>> sagas);
}
