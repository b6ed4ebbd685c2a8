using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Tells a Redis that is away, or does not do now what was asked of it, from a fault of our own.</summary>
internal static class RedisFailure
{
    /// <summary>Whether Redis caused it: the client's own errors, a refusal of the server, or no answer in time.</summary>
    public static bool IsCauseOf(Exception exception) => exception is RedisException or RedisCommandException or TimeoutException;
}
