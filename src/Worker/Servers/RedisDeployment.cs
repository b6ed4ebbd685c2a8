using System.Net;
using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Compares what answers at <c>REDIS_HOST</c> with what is expected there.</summary>
internal static class RedisDeployment
{
    /// <summary>What an operator must put right, in one line; null when nothing is known to be wrong.</summary>
    public static string? ComplaintOf(IConnectionMultiplexer redis, RedisOptions options)
    {
        if (options.Primary is not null)
        {
            // The sentinels know what belongs together.
            return null;
        }

        var servers = redis.GetServers().Where(server => server.IsConnected).ToArray();
        if (servers.Any(server => server.ServerType == ServerType.Cluster))
        {
            var database = options.Connection.DefaultDatabase;
            return database is null or 0 ? null : $"REDIS_DB: '{database}' is not 0, the only database of a Redis Cluster";
        }

        var primaries = servers.Where(server => !server.IsReplica)
            .Select(server => TextOf(server.EndPoint))
            .Order(StringComparer.Ordinal)
            .ToArray();
        return primaries.Length < 2
            ? null
            : $"REDIS_HOST: {string.Join(" and ", primaries)} are primaries, each with data of its own. "
                + "A list names the servers of one deployment: a primary with its replicas, or the nodes of a cluster";
    }

    /// <summary>An address as it is written in <c>REDIS_HOST</c>.</summary>
    public static string TextOf(EndPoint address) => address is DnsEndPoint name
        ? FormattableString.Invariant($"{name.Host}:{name.Port}")
        : address.ToString() ?? "";
}
