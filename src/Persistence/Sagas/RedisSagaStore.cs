using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Gateway.Persistence.Sagas;

/// <summary>
/// The instances of one saga type in Redis: one string each, revision and JSON. Every save is one atomic command that writes only
/// if Redis still holds what the change is based on, and sets the expiry with it.
/// </summary>
/// <remarks>
/// A batch is sent at once and awaited together, which is one round trip. Each command has one key, so a Redis Cluster serves them too. An
/// <see cref="IBatch"/> would lose the client's second try of a script that Redis has forgotten.
/// </remarks>
internal sealed class RedisSagaStore<TSaga>(
    RedisConnection redis, RedisSagaOptions<TSaga> options, ILogger<RedisSagaStore<TSaga>> logger) : ISagaStore<TSaga>
    where TSaga : class, ISaga, ISagaVersion, new()
{
    // KEYS[1] the instance; ARGV[1] how its value must begin; ARGV[2] its new value; ARGV[3] its time to live in milliseconds. GETRANGE, so
    // that Redis need not copy the JSON to compare some twenty bytes. It fails where there is no string, which no instance is lost by.
    private const string CompareAndSet =
        """
        local basis = redis.pcall('GETRANGE', KEYS[1], 0, #ARGV[1] - 1)
        if type(basis) == 'string' and basis ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredSaga<TSaga>>> LoadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        await Task.WhenAll(ids.Select(LoadAsync)).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> SaveAsync(IReadOnlyCollection<StoredSaga<TSaga>> sagas)
    {
        var areSaved = await Task.WhenAll(sagas.Select(TrySaveAsync)).ConfigureAwait(false);
        return [.. sagas.Zip(areSaved).Where(save => !save.Second).Select(save => save.First.Saga.CorrelationId)];
    }

    private async Task<StoredSaga<TSaga>> LoadAsync(Guid id)
    {
        var key = KeyOf(id);
        byte[]? value;
        try
        {
            value = await redis.Database.StringGetAsync(key).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            logger.SagaUnreadable(key.ToString(), "it is no string");
            return SagaFormat.InPlaceOf<TSaga>([], id);
        }

        if (value is null)
        {
            return SagaFormat.New<TSaga>(id);
        }

        if (SagaFormat.Read<TSaga>(value, id, out var complaint) is { } stored)
        {
            return stored;
        }

        logger.SagaUnreadable(key.ToString(), complaint);
        return SagaFormat.InPlaceOf<TSaga>(value, id);
    }

    private Task<bool> TrySaveAsync(StoredSaga<TSaga> stored)
    {
        var key = KeyOf(stored.Saga.CorrelationId);
        var value = SagaFormat.Write(stored);
        var expiresIn = options.ExpiresIn(stored.Saga);
        // SET NX is itself a compare-and-set, so an insert needs no script.
        return stored.Basis is { } basis
            ? ReplaceAsync(key, basis, value, expiresIn)
            : redis.Database.StringSetAsync(key, value, expiresIn, When.NotExists);
    }

    // The client sends EVALSHA once the connection knows the script, and loads it again when Redis has forgotten it.
    private async Task<bool> ReplaceAsync(RedisKey key, byte[] basis, byte[] value, TimeSpan expiresIn)
    {
        RedisValue[] arguments = [basis, value, (long)expiresIn.TotalMilliseconds];
        return (bool)await redis.Database.ScriptEvaluateAsync(CompareAndSet, [key], arguments).ConfigureAwait(false);
    }

    private RedisKey KeyOf(Guid id) => options.KeyPrefix + id.ToString("D", CultureInfo.InvariantCulture);
}
