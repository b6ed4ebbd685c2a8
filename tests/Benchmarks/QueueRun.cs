using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using RabbitMQ.Client;

namespace Gateway.Benchmarks;

/// <summary>
/// What it costs the broker that many webhooks wait in a queue of one type, nobody taking them: how fast they come, the memory that they
/// take, and how long the broker is away when it is restarted with them.
/// </summary>
internal static class QueueRun
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var count = BenchmarkEnvironment.Number("BENCH_WAITING");
        var type = Enum.Parse<QueueType>(BenchmarkEnvironment.QueueType, ignoreCase: true);
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        await DeclareAsync(servers.RabbitMq, type, cancellationToken);
        var before = ReadMegabytes();
        var cpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();
        await WebhookBacklog.FillAsync(servers.RabbitMq, [Guid.CreateVersion7()], count, MessageFormat.Envelope, cancellationToken);
        var published = Measured("publishing") with { ServerCpuSeconds = ServerCpu.Since(cpu), PeakMegabytes = ReadMegabytes() - before };
        published.Print();

        start = TimeProvider.System.GetTimestamp();
        await using (var server = new TestServers())
        {
            await server.RabbitMq.RestartAsync(cancellationToken);
        }

        await Progress.WaitUntilAsync(
            stop => CountAsync(servers.RabbitMq, stop), count, "in the queue again", TimeSpan.FromMilliseconds(100), cancellationToken);
        Measured("until they are back after a restart").Print();

        Result Measured(string what) => new()
        {
            Peer = $"{count:N0} in a {BenchmarkEnvironment.QueueType} queue, {what}",
            Merchant = "none",
            Concurrency = WebhookBacklog.MostInFlight,
            Count = count,
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = 0,
        };
    }

    private static double ReadMegabytes() => ServerProcesses.Read(ProcessTree.ReadTreeMegabytes)["RabbitMQ"];

    private static async Task DeclareAsync(Uri rabbitMq, QueueType type, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var arguments = QueueArguments.Of(type, QueueNames.Webhooks).ToDictionary(argument => argument.Key, argument => (object?)argument.Value);
        await channel.QueueDeclareAsync(
            QueueNames.Webhooks, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
    }

    // A broker that has just started may not know its queues yet.
    private static async Task<long> CountAsync(Uri rabbitMq, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync(cancellationToken);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            return await channel.MessageCountAsync(QueueNames.Webhooks, cancellationToken);
        }
        catch (Exception exception) when (BrokerFailure.IsCauseOf(exception))
        {
            return -1;
        }
    }
}
