using System.Net.Sockets;
using Gateway.Worker.Telemetry;
using MassTransit;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Worker.Tests.Telemetry;

/// <summary>310 kB of stack traces in 14 seconds, because no server was there.</summary>
public class When_an_exception_is_logged
{
    public static TheoryData<Exception, string> OfServers() => new()
    {
        { new NpgsqlException("Failed to connect to 127.0.0.1:1.", new SocketException((int)SocketError.ConnectionRefused)), "Failed to connect to 127.0.0.1:1: Connection refused" },
        { new InvalidOperationException("An exception has been raised.", new PostgresException("relation \"job_runs\" does not exist", "ERROR", "ERROR", "42P01")), "An exception has been raised: 42P01: relation \"job_runs\" does not exist" },
        { new PostgresException("password authentication failed", "FATAL", "FATAL", "28P01"), "28P01: password authentication failed" },
        { new RedisException("It was not possible to connect."), "It was not possible to connect" },
        { new InvalidOperationException("Failed to obtain a connection: Npgsql.NpgsqlException: no\n   at Npgsql.Open()", new SocketException((int)SocketError.ConnectionRefused)), "Failed to obtain a connection: Npgsql.NpgsqlException: no: Connection refused" },
        { new RabbitMqConnectionException("Broker unreachable: guest@localhost:1/"), "Broker unreachable: guest@localhost:1/" },
    };

    [Theory]
    [MemberData(nameof(OfServers))]
    public void Should_be_the_words_alone_of_a_server_that_is_away_or_has_not_its_tables(Exception exception, string text) =>
        Assert.Equal(text, ExceptionText.Of(Thrown(exception)), ignoreLineEndingDifferences: true);

    [Fact]
    public void Should_be_all_of_what_may_be_a_fault_of_ours()
    {
        Assert.Contains("   at ", ExceptionText.Of(Thrown(new InvalidOperationException("Should not happen."))), StringComparison.Ordinal);
        Assert.Contains("   at ", ExceptionText.Of(Thrown(new PostgresException("syntax error", "ERROR", "ERROR", "42601"))), StringComparison.Ordinal);
    }

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }
}
