using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Finds the primary that sentinels watch.</summary>
internal static class Sentinels
{
    /// <summary>Connects to the primary that they name. The client follows them from then on, to another one after a failover.</summary>
    /// <exception cref="RedisException">None answers, or none names a primary, or that one cannot be had; the message says which.</exception>
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
            throw new RedisConnectionException(
                exception.FailureType, $"{address}, the primary of '{options.Primary}' by its sentinels, does not answer as one");
        }
    }

    private static async Task<string> AskAsync(RedisOptions options)
    {
        var question = options.Connection.Clone();
        (question.User, question.Password) = (question.SentinelUser, question.SentinelPassword);
        question.AbortOnConnectFail = true;
        await using var sentinels = await ConnectToThemAsync(question);
        var answering = sentinels.GetServers().Where(sentinel => sentinel.IsConnected).ToArray();
        try
        {
            var addresses = await Task.WhenAll(
                answering.Select(sentinel => sentinel.SentinelGetMasterAddressByNameAsync(options.Primary!)));
            return addresses.FirstOrDefault(address => address is not null)?.ToString() ?? throw new RedisException(
                $"the sentinels do not know '{options.Primary}' (REDIS_SENTINEL_MASTER); "
                + $"they know: {string.Join(", ", await ReadNamesAsync(answering[0]))}");
        }
        catch (RedisServerException refusal)
        {
            throw new RedisException($"REDIS_HOST does not lead to sentinels, which REDIS_SENTINEL_MASTER asks for: {refusal.Message}");
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectToThemAsync(ConfigurationOptions question)
    {
        try
        {
            return await ConnectionMultiplexer.SentinelConnectAsync(question);
        }
        catch (RedisConnectionException exception)
        {
            throw new RedisConnectionException(exception.FailureType, $"no sentinel answers: {exception.GetBaseException().Message}");
        }
    }

    private static async Task<IEnumerable<string>> ReadNamesAsync(IServer sentinel) =>
        (await sentinel.SentinelMastersAsync()).Select(primary => primary.First(field => field.Key == "name").Value);
}
