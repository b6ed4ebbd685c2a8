using RabbitMQ.Client;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

/// <summary>The broker of the tests: <c>tests/servers.sh</c> starts it and says where it is.</summary>
internal static class Broker
{
    public static Uri Uri => new(Variable("TEST_RABBITMQ"));

    /// <summary>A connection beside the bus's, to look at the broker's own view of a message or to break something.</summary>
    public static Task<IConnection> ConnectAsync(CancellationToken cancellationToken) => ConnectAsync(Uri, cancellationToken);

    /// <summary>The same to another broker.</summary>
    public static Task<IConnection> ConnectAsync(Uri uri, CancellationToken cancellationToken) =>
        new ConnectionFactory { Uri = uri }.CreateConnectionAsync(cancellationToken);

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set: start the servers with tests/servers.sh and take over the variables that it prints.");
}
