using System.Globalization;
using System.Text;
using System.Text.Json;
using MassTransit;
using StackExchange.Redis;

namespace Gateway.Persistence.Sagas;

/// <summary>
/// The instances of one saga type in Redis: one string each, revision and JSON. Every change is one atomic command that writes only
/// if Redis still holds what the change is based on, and sets the expiry with it.
/// </summary>
/// <remarks>
/// Writes take no token: one that was sent cannot be taken back, and its answer decides whether the message is done. The connection's
/// own timeout bounds them.
/// </remarks>
internal sealed class SagaStore<TSaga>(IConnectionMultiplexer redis, RedisSagaOptions<TSaga> options)
    where TSaga : class, ISagaVersion
{
    // KEYS[1] the instance; ARGV[1] the header that it must have; ARGV[2] its new value, or it is deleted; ARGV[3] its time to live in
    // milliseconds, or it is kept. GETRANGE, so that Redis need not copy the JSON to compare some twenty bytes.
    private const string CompareAndSet =
        """
        if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
        if #ARGV == 1 then redis.call('DEL', KEYS[1])
        elseif #ARGV == 2 then redis.call('SET', KEYS[1], ARGV[2])
        else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
        return 1
        """;

    private readonly IDatabase _database = redis.GetDatabase(options.Database);

    /// <summary>Reads an instance; null when there is none.</summary>
    /// <exception cref="SagaException">What is stored cannot be read.</exception>
    public async Task<StoredSaga<TSaga>?> Load(Guid correlationId, CancellationToken cancellationToken)
    {
        using var value = await _database.StringGetLeaseAsync(Key(correlationId)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return value is null ? null : Deserialize(value.Span, correlationId);
    }

    /// <summary>Inserts an instance and sets its version to 1. Null when its id is taken: nothing is written then.</summary>
    public async Task<Revision?> TryInsert(TSaga saga)
    {
        var first = Revision.First();
        var timeToLive = TimeToLive(saga);
        // SET NX is itself a compare-and-set, so an insert needs no script.
        var inserted = await _database.StringSetAsync(Key(saga.CorrelationId), Serialize(saga, first), timeToLive, When.NotExists)
            .ConfigureAwait(false);
        return inserted ? first : null;
    }

    /// <summary>Saves an instance and counts its version up. Null when it left the loaded revision: nothing is written then.</summary>
    public async Task<Revision?> TryUpdate(TSaga saga, Revision loaded)
    {
        var next = loaded.Next();
        var value = Serialize(saga, next);
        RedisValue[] arguments = TimeToLive(saga) is { } timeToLive
            ? [loaded.ToHeader(), value, (long)timeToLive.TotalMilliseconds]
            : [loaded.ToHeader(), value];
        return await IfUnchanged(saga.CorrelationId, arguments).ConfigureAwait(false) ? next : null;
    }

    /// <summary>Deletes an instance. False when it is no longer at the loaded revision: nothing is deleted then.</summary>
    public Task<bool> TryDelete(Guid correlationId, Revision loaded) => IfUnchanged(correlationId, [loaded.ToHeader()]);

    private RedisKey Key(Guid correlationId) => options.KeyPrefix + correlationId.ToString("D", CultureInfo.InvariantCulture);

    // The client sends EVALSHA once the connection knows the script, and loads it again when Redis has forgotten it.
    private async Task<bool> IfUnchanged(Guid correlationId, RedisValue[] arguments) =>
        (bool)await _database.ScriptEvaluateAsync(CompareAndSet, [Key(correlationId)], arguments).ConfigureAwait(false);

    private TimeSpan? TimeToLive(TSaga saga) => options.ExpiresIn(saga) switch
    {
        null => null,
        // Redis counts in milliseconds, and refuses zero.
        { TotalMilliseconds: >= 1 } timeToLive => timeToLive,
        var timeToLive => throw new InvalidOperationException(
            $"{typeof(TSaga).Name} expires in {timeToLive}: RedisSagaOptions.ExpiresIn must be at least a millisecond, "
            + "or null to keep the instance."),
    };

    private byte[] Serialize(TSaga saga, Revision revision)
    {
        saga.Version = revision.Version;
        var header = revision.ToHeader();
        var json = JsonSerializer.SerializeToUtf8Bytes(saga, options.Json);
        var value = new byte[header.Length + json.Length];
        Encoding.ASCII.GetBytes(header, value);
        json.CopyTo(value, header.Length);
        return value;
    }

    private StoredSaga<TSaga> Deserialize(ReadOnlySpan<byte> value, Guid correlationId)
    {
        if (!Revision.TryRead(value, out var revision, out var json))
            throw new SagaException($"The value under {Key(correlationId)} has no revision", typeof(TSaga), correlationId);

        try
        {
            var saga = JsonSerializer.Deserialize<TSaga>(json, options.Json)
                ?? throw new SagaException($"The value under {Key(correlationId)} is null", typeof(TSaga), correlationId);
            saga.Version = revision.Version;
            return new(saga, revision);
        }
        catch (JsonException exception)
        {
            throw new SagaException($"The JSON under {Key(correlationId)} cannot be read", typeof(TSaga), correlationId, exception);
        }
    }
}
