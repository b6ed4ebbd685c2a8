using System.Diagnostics;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

/// <summary>The broker of the tests: <c>tests/servers.sh</c> starts it and says where it is.</summary>
internal static class Broker
{
    public static Uri Uri => new(Variable("TEST_RABBITMQ"));

    /// <summary>A connection beside the bus's, to look at the broker's own view of a message or to break something.</summary>
    public static Task<IConnection> ConnectAsync(CancellationToken cancellationToken) =>
        new ConnectionFactory { Uri = Uri }.CreateConnectionAsync(cancellationToken);

    /// <summary>Stops the broker and starts it again with its data. Skips the test where the broker was given from outside.</summary>
    public static async Task RestartAsync(CancellationToken cancellationToken)
    {
        var directory = Environment.GetEnvironmentVariable("TEST_SERVERS_DIR");
        if (string.IsNullOrEmpty(directory) || !Directory.Exists(Path.Combine(directory, "rabbitmq")))
        {
            Assert.Skip("the broker was given from outside and may not be restarted");
        }

        var script = Path.Combine(Repository(), "tests", "servers.sh");
        using var process = Process.Start(new ProcessStartInfo(script, [directory, "restart", "rabbitmq"]))!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{script} could not restart the broker: exit code {process.ExitCode}.");
        }
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set: start the servers with tests/servers.sh and take over the variables that it prints.");

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.Worker.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository.");
    }
}
