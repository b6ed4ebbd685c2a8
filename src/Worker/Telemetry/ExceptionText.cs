using System.Data.Common;
using System.Net.Sockets;
using MassTransit;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace Gateway.Worker.Telemetry;

/// <summary>
/// What a log line says of an exception: all of it where it may be a fault of ours; of a server that is away, refuses or has not its tables
/// yet its words alone, because where in our code that was noticed helps nobody, and it is noticed in many places at once.
/// </summary>
internal static class ExceptionText
{
    /// <summary>The text.</summary>
    public static string Of(Exception exception)
    {
        var chain = exception.WithCauses().ToArray();
        return chain.Any(IsOfServer)
            ? string.Join(": ", chain.Select(each => FirstLineOf(each.Message)).Distinct())
            : exception.ToString();
    }

    // Some libraries put the whole text of another exception into their message.
    private static string FirstLineOf(string message) => message.Split('\n', 2)[0].TrimEnd('\r', '.');

    private static bool IsOfServer(Exception exception) => exception switch
    {
        // No such table, column or database; no right to it; a wrong password.
        PostgresException database => database.IsTransient
            || database.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
                or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege
                or PostgresErrorCodes.ReadOnlySqlTransaction
            || database.SqlState.StartsWith("28", StringComparison.Ordinal),
        DbException { IsTransient: true } or RedisException or RedisCommandException => true,
        RabbitMQClientException or ConnectionException or SocketException => true,
        _ => false,
    };
}
