using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Finds the primary that sentinels watch.</summary>
internal static class Sentinels
{
    /// <summary>Connects to the primary that they name. The client follows them from then on, to another one after a failover.</summary>
    /// <exception cref="RedisException">None answers, or none names a primary, or that is none; the message says which.</exception>
    /// <exception cref="TimeoutException">One does not answer in time.</exception>
    public static async Task<IConnectionMultiplexer> ConnectAsync(RedisOptions options)
    {
        // The client asks by itself, and says of whatever is wrong that it has failed.
        var address = await AskAsync(options);
        try
        {
            // It waits for some of its own work.
            return await Task.Run(() => ConnectionMultiplexer.ConnectAsync(options.Connection));
        }
        catch (RedisConnectionException exception) when (exception.InnerException is null)
        {
            throw new RedisException($"{address}, the primary of '{options.Primary}' by its sentinels, does not answer as one");
        }
    }

    /// <summary>
    /// What is wrong where sentinels are taken for Redis, because <c>REDIS_SENTINEL_MASTER</c> is missing; null when no sentinel answers.
    /// </summary>
    public static async Task<string?> ComplaintOfAsync(RedisOptions options)
    {
        if (options.Primary is not null)
        {
            return null;
        }

        try
        {
            await using var sentinels = await ConnectToThemAsync(options);
            var names = string.Join(", ", await ReadNamesAsync(AnsweringOf(sentinels)[0]));
            return $"REDIS_HOST leads to sentinels, and REDIS_SENTINEL_MASTER is missing: one of the names that they know ({names})";
        }
        catch (Exception exception) when (RedisFailure.IsCauseOf(exception))
        {
            return null;
        }
    }

    private static async Task<string> AskAsync(RedisOptions options)
    {
        await using var sentinels = await ConnectToThemAsync(options);
        var answering = AnsweringOf(sentinels);
        try
        {
            var addresses = await Task.WhenAll(
                answering.Select(sentinel => sentinel.SentinelGetMasterAddressByNameAsync(options.Primary!)));
            return addresses.FirstOrDefault(address => address is not null) is { } primary
                ? RedisDeployment.TextOf(primary)
                : throw new RedisException(
                    $"the sentinels do not know '{options.Primary}' (REDIS_SENTINEL_MASTER); "
                    + $"they know: {string.Join(", ", await ReadNamesAsync(answering[0]))}");
        }
        catch (RedisServerException refusal) when (refusal.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase))
        {
            throw new RedisException($"REDIS_HOST does not lead to sentinels, which REDIS_SENTINEL_MASTER asks for: {refusal.Message}");
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectToThemAsync(RedisOptions options)
    {
        var question = options.Connection.Clone();
        (question.User, question.Password) = (question.SentinelUser, question.SentinelPassword);
        question.AbortOnConnectFail = true;
        try
        {
            return await ConnectionMultiplexer.SentinelConnectAsync(question);
        }
        catch (RedisConnectionException exception)
        {
            throw new RedisException($"no sentinel answers: {exception.GetBaseException().Message}");
        }
    }

    private static IServer[] AnsweringOf(ConnectionMultiplexer sentinels)
    {
        var answering = sentinels.GetServers().Where(sentinel => sentinel.IsConnected).ToArray();
        return answering.Length > 0 ? answering : throw new RedisException("no sentinel answers");
    }

    private static async Task<IEnumerable<string>> ReadNamesAsync(IServer sentinel) =>
        (await sentinel.SentinelMastersAsync()).Select(primary => primary.First(field => field.Key == "name").Value);
}
