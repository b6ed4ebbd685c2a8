namespace Gateway.Persistence.Sagas;

/// <summary>An instance as it was loaded, with the revision that its next save must still find.</summary>
internal readonly record struct StoredSaga<TSaga>(TSaga Saga, Revision Revision)
    where TSaga : class;
