using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>An instance as it was loaded, with what its next save must still find.</summary>
public sealed class StoredSaga<TSaga>
    where TSaga : class, ISaga, ISagaVersion
{
    internal StoredSaga(TSaga saga, Revision next, byte[]? basis) => (Saga, Next, Basis) = (saga, next, basis);

    /// <summary>The instance.</summary>
    public TSaga Saga { get; }

    /// <summary>The revision that it is saved as.</summary>
    internal Revision Next { get; }

    /// <summary>How the stored value must begin; null when there must be none.</summary>
    internal byte[]? Basis { get; }
}
