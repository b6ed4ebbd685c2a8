using System.Text.Json;
using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>Where and for how long the instances of one saga type are kept in Redis.</summary>
public sealed record RedisSagaOptions<TSaga>
    where TSaga : class, ISaga, ISagaVersion
{
    /// <summary>
    /// How long an instance is kept from now on, at least a millisecond; asked at every save, in the state that is being saved. A running
    /// instance needs longer than its longest possible wait.
    /// </summary>
    public required Func<TSaga, TimeSpan> ExpiresIn { get; init; }

    /// <summary>
    /// What its keys start with. Default: <c>saga:</c>, the type's name in snake_case and a colon. Two saga types with the same
    /// name need prefixes of their own.
    /// </summary>
    public string KeyPrefix { get; init; } = $"saga:{JsonNamingPolicy.SnakeCaseLower.ConvertName(typeof(TSaga).Name)}:";
}
