using System.Text.Encodings.Web;
using System.Text.Json;
using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>Where and how the instances of one saga type are kept in Redis.</summary>
/// <typeparam name="TSaga">
/// The saga's instance. Avoid <c>required</c> properties: an instance stored before they existed could not be read.
/// </typeparam>
public sealed record RedisSagaOptions<TSaga>
    where TSaga : class, ISagaVersion
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // The text never becomes part of an HTML page, and a merchant's own language stays readable and short.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// How long an instance is kept from now on, asked at every save, in the state that is being saved. Must be positive;
    /// null keeps it until its machine completes it. A running instance needs longer than its longest possible wait.
    /// </summary>
    public required Func<TSaga, TimeSpan?> ExpiresIn { get; init; }

    /// <summary>
    /// What its keys start with. Default: <c>saga:</c>, the type's name in snake_case and a colon. Two saga types with the same
    /// name need prefixes of their own.
    /// </summary>
    public string KeyPrefix { get; init; } = $"saga:{JsonNamingPolicy.SnakeCaseLower.ConvertName(typeof(TSaga).Name)}:";

    /// <summary>The number of the Redis database. Default: -1, the one that the connection names.</summary>
    public int Database { get; init; } = -1;

    /// <summary>How an instance becomes JSON. Default: snake_case names; unknown fields are skipped.</summary>
    public JsonSerializerOptions Json { get; init; } = SnakeCase;
}
