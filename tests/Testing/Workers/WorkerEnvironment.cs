using System.Globalization;
using Gateway.Testing.Servers;
using Microsoft.Extensions.Configuration;

namespace Gateway.Testing.Workers;

/// <summary>The environment variables of a worker in full mode, as operators set them.</summary>
public static class WorkerEnvironment
{
    private static readonly string[] Prefixes =
        ["GATEWAY_", "RABBITMQ_", "REDIS_", "DB_", "OPS_", "WEBHOOK_", "WORKER_", "SMTP_", "OTEL_", "Logging__"];

    /// <summary>Those that switch off every schedule, for a test in which nothing runs but what it asks for.</summary>
    public static IReadOnlyDictionary<string, string> WithoutSchedules { get; } = new Dictionary<string, string>
    {
        ["PAYMENT_EXPIRY_ENABLED"] = "false",
        ["BALANCE_CHECK_ENABLED"] = "false",
        ["SETTLEMENT_REPORT_ENABLED"] = "false",
    };

    /// <summary>Those that lead to a database.</summary>
    public static Dictionary<string, string> For(PostgresDatabase database) => new()
    {
        ["GATEWAY_MODE"] = "full",
        ["DB_HOST"] = database.Server.Host,
        ["DB_PORT"] = Text(database.Server.Port),
        ["DB_NAME"] = database.Name,
        ["DB_USER"] = database.Server.User,
        ["DB_PASSWORD"] = database.Server.Password ?? "",
    };

    /// <summary>Those that lead to a virtual host.</summary>
    public static Dictionary<string, string> For(VirtualHost virtualHost) => new()
    {
        ["GATEWAY_MODE"] = "full",
        ["RABBITMQ_HOST"] = virtualHost.Server.Host,
        ["RABBITMQ_PORT"] = Text(virtualHost.Server.Port),
        ["RABBITMQ_VHOST"] = virtualHost.Name,
        ["RABBITMQ_USER"] = virtualHost.Server.User,
        ["RABBITMQ_PASSWORD"] = virtualHost.Server.Password,
    };

    /// <summary>Those that lead to all three servers.</summary>
    public static Dictionary<string, string> For(VirtualHost virtualHost, PostgresDatabase database, RedisDatabase redis) =>
        For(virtualHost).With(For(database)).With(new Dictionary<string, string>
        {
            ["REDIS_HOST"] = redis.Server.Host,
            ["REDIS_PORT"] = Text(redis.Server.Port),
            ["REDIS_DB"] = Text(redis.Number),
        });

    /// <summary>Those that let webhooks go to merchants on this machine, at these ports and no others, without TLS.</summary>
    public static IReadOnlyDictionary<string, string> ForMerchantsAt(params int[] ports) => new Dictionary<string, string>
    {
        ["WEBHOOK_ALLOW_HTTP"] = "true",
        ["WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8",
        ["WEBHOOK_ALLOWED_PORTS"] = string.Join(',', ports.Select(Text)),
    };

    /// <summary>The same with others beside them or, where the names are the same, instead of them.</summary>
    public static Dictionary<string, string> With(this Dictionary<string, string> variables, IEnumerable<KeyValuePair<string, string>> others)
    {
        var all = new Dictionary<string, string>(variables);
        foreach (var (name, value) in others)
        {
            all[name] = value;
        }

        return all;
    }

    /// <summary>What the worker would read, for a part of it that runs in the process of the tests.</summary>
    public static IConfigurationRoot ToConfiguration(this IEnumerable<KeyValuePair<string, string>> variables) =>
        new ConfigurationBuilder().AddInMemoryCollection(variables.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build();

    /// <summary>The same for a process of its own: those of the worker that the tests themselves were given are taken away, with null.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> InPlaceOfInherited(this IEnumerable<KeyValuePair<string, string>> variables) =>
    [
        .. Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(name => KeyValuePair.Create(name, (string?)null)),
        .. variables.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value)),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
