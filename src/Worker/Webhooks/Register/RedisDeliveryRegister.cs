using Gateway.Persistence;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Servers;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>
/// The register of full mode: one Redis key a delivery, which holds a claim while the attempt runs and its outcome afterwards.
/// A first attempt costs one round trip and one write that nobody waits for.
/// </summary>
public sealed class RedisDeliveryRegister : IDeliveryRegister
{
    /// <summary>How long a delivered webhook is known, so that publishing it again has no effect.</summary>
    public static readonly TimeSpan DeliveredFor = TimeSpan.FromHours(24);

    /// <summary>
    /// How long the outcome of a failed attempt is kept for the case that its consumer dies before it acknowledges the message.
    /// </summary>
    public static readonly TimeSpan FailedFor = TimeSpan.FromHours(1);

    // Not the client's LockRelease, a transaction: it keeps everybody else from the connection until Redis has answered, for seconds when
    // that hangs. KEYS[1] the delivery; ARGV[1] what it must hold.
    private const string CompareAndDelete =
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1])
        """;

    private readonly RedisConnection _redis;
    private readonly TimeSpan _claimedFor;
    private readonly ResiliencePipeline<Claim> _breaker;

    /// <summary>Creates the register.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="sending">How long an attempt takes at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="circuit">Lets <see cref="RedisWatch"/> say that Redis is asked again from now on.</param>
    public RedisDeliveryRegister(
        RedisConnection redis, SendingOptions sending, TimeProvider time, CircuitBreakerManualControl? circuit = null)
    {
        _redis = redis;
        _claimedFor = sending.Timeout + TimeSpan.FromSeconds(30);
        // A Redis that hangs must not cost every delivery its timeout: after a few failures nobody asks it for two seconds. What it
        // answered before it hung does not make up for them: by the time that they fail, it is longer ago than what is sampled.
        _breaker = new ResiliencePipelineBuilder<Claim> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Claim>
            {
                ShouldHandle = new PredicateBuilder<Claim>().Handle<Exception>(RedisFailure.IsCauseOf),
                FailureRatio = 0.5,
                MinimumThroughput = 2,
                SamplingDuration = TimeSpan.FromSeconds(1),
                BreakDuration = TimeSpan.FromSeconds(2),
                ManualControl = circuit,
            })
            .Build();
    }

    private IDatabase Database => _redis.Database;

    /// <inheritdoc/>
    public async Task<Claim> ClaimAsync(DeliveryKey delivery, Claimant claimant, bool mayBeRepeated)
    {
        try
        {
            return await _breaker.ExecuteAsync(static (state, _) => state.Register.AskAsync(state.Key, state.Claimant, state.MayBeRepeated),
                (Register: this, Key: KeyOf(delivery), Claimant: claimant, MayBeRepeated: mayBeRepeated));
        }
        catch (Exception exception) when (exception is BrokenCircuitException || RedisFailure.IsCauseOf(exception))
        {
            return new Claim.Free();
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsOtherAsync(DeliveryKey delivery, uint content)
    {
        try
        {
            var known = (string?)await Database.StringGetAsync(KeyOf(delivery));
            return known is not null
                && (AttemptRecord.Parse(known)?.Content ?? Claimant.Parse(known)?.Content) is { } other
                && other != content;
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Remember(DeliveryKey delivery, AttemptRecord record)
    {
        try
        {
            // Not StringSet, which waits for whoever writes before it.
            _redis.Client?.GetDatabase().StringSetAsync(
                KeyOf(delivery),
                record.Format(),
                record.Result.Outcome == AttemptOutcome.Succeeded ? DeliveredFor : FailedFor,
                flags: CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            // The client does not send it, as to a cluster that has no such database: RedisWatch tells of that.
        }
    }

    /// <inheritdoc/>
    public void GiveUp(DeliveryKey delivery, Claimant claimant)
    {
        try
        {
            _redis.Client?.GetDatabase().ScriptEvaluateAsync(
                CompareAndDelete, [KeyOf(delivery)], [claimant.Format()], CommandFlags.FireAndForget | CommandFlags.NoScriptCache);
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            // As above.
        }
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(DeliveryKey delivery, bool evenDelivered)
    {
        var key = KeyOf(delivery);
        var known = await Database.StringGetAsync(key);
        if (known.IsNull || (!evenDelivered && AttemptRecord.Parse((string)known!) is null or { Result.Outcome: AttemptOutcome.Succeeded }))
        {
            return;
        }

        // Only what was read: an attempt that began meanwhile keeps its claim.
        await Database.ScriptEvaluateAsync(CompareAndDelete, [key], [known], CommandFlags.NoScriptCache);
    }

    private static RedisKey KeyOf(DeliveryKey delivery) => $"gateway:delivery:{delivery.DeliveryId:N}:{delivery.MerchantId:N}";

    private async ValueTask<Claim> AskAsync(RedisKey key, Claimant claimant, bool mayBeRepeated)
    {
        var mine = claimant.Format();
        var before = await Database.StringSetAndGetAsync(key, mine, LifeOf(claimant), keepTtl: false, When.NotExists);
        if (before.IsNull)
        {
            return new Claim.Free();
        }

        var claim = Judge((string)before!, claimant, mayBeRepeated);
        if (claim is not Claim.Free)
        {
            return claim;
        }

        // The claim of a consumer that died, or what came of an earlier attempt. Of several who replace an outcome the first one sees it.
        var replaced = await Database.StringSetAndGetAsync(key, claimant.After(claim).Format(), LifeOf(claimant));
        return Claimant.Parse((string?)replaced) is { } claimed ? Claim.Beside(claimed, claimant, mayBeRepeated) : claim;
    }

    // A time that is nowhere else must outlast the way back of a message whose consumer died.
    private TimeSpan LifeOf(Claimant claimant) => claimant.OccurredAt is null ? _claimedFor : FailedFor;

    private static Claim Judge(string before, Claimant claimant, bool mayBeRepeated) =>
        AttemptRecord.Parse(before) is { } made ? Claim.After(made, claimant, mayBeRepeated)
        : Claimant.Parse(before) is { } claimed ? Claim.Beside(claimed, claimant, mayBeRepeated)
        : new Claim.Free();
}
