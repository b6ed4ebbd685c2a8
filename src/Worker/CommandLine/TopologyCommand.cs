using System.CommandLine;
using System.Globalization;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;

namespace Gateway.Worker.CommandLine;

/// <summary><c>topology</c>: whether the queues at the broker are as the worker needs them, and the way to make them so.</summary>
internal static class TopologyCommand
{
    // RabbitMQ tells of a queue's policies with its next figures, every five seconds unless told otherwise.
    private static readonly TimeSpan LongestUntold = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var check = new Command(
            "check", "Compare the queues at RabbitMQ, and the policies that apply to them, with what the worker needs; nothing is changed");
        check.SetAction((_, stop) => RunAsync(CheckAsync, stop));
        var migrate = new Command(
            "migrate",
            "Replace the queues of another type or with other arguments, with all their messages, while all workers are stopped");
        migrate.SetAction((_, stop) => RunAsync(MigrateAsync, stop));
        return new Command("topology", "The queues at RabbitMQ") { check, migrate };
    }

    private static async Task<int> RunAsync(
        Func<TopologyCheck, GatewayOptions, CancellationToken, Task<int>> act, CancellationToken stop)
    {
        var builder = GatewayHost.CreateBuilder();
        try
        {
            var options = GatewayOptions.Read(builder.Configuration);
            if (options.Mode == GatewayMode.Embedded)
            {
                return await FailAsync(
                    ExitCodes.WrongConfiguration, "In embedded mode the queues are in the worker's memory: RABBITMQ_HOST names a broker.");
            }

            // Put together as the worker is, for its queues come from all features; nothing of it is started.
            await using var app = GatewayHost.Build(builder, options);
            return await act(app.Services.GetRequiredService<TopologyCheck>(), options, stop);
        }
        catch (InvalidSettingsException exception)
        {
            return await FailAsync(ExitCodes.WrongConfiguration, exception.Message);
        }
        catch (MigrationRefusedException exception)
        {
            return await FailAsync(ExitCodes.Failed, exception.Message);
        }
        catch (TopologyUnknownException exception)
        {
            return await FailAsync(ExitCodes.NotReachable, $"The queues cannot be checked: {exception.Message}");
        }
        catch (Exception exception) when (BrokerFailure.IsCauseOf(exception))
        {
            return await FailAsync(
                ExitCodes.NotReachable, $"RabbitMQ does not do it now; the same command goes on where it was: {exception.Message}");
        }
    }

    private static async Task<int> CheckAsync(TopologyCheck topology, GatewayOptions _, CancellationToken stop)
    {
        var report = await topology.ReadAsync(stop);
        for (var waited = TimeSpan.Zero; report.Untold.Count > 0 && waited < LongestUntold; waited += Pause)
        {
            await Task.Delay(Pause, TimeProvider.System, stop);
            report = await topology.ReadAsync(stop);
        }

        foreach (var finding in report.Findings)
        {
            Console.WriteLine(finding);
        }

        if (report.Missing.Count > 0)
        {
            Console.WriteLine($"Not there yet, a worker that starts declares them: {string.Join(", ", report.Missing)}");
        }

        if (report.Untold.Count > 0)
        {
            Console.WriteLine($"Which policies apply is not told of: {string.Join(", ", report.Untold)}");
        }

        if (report.Findings.Any())
        {
            return ExitCodes.Failed;
        }

        Console.WriteLine($"All {report.Checked} queues that are there are as the worker needs them.");
        return ExitCodes.Done;
    }

    private static async Task<int> MigrateAsync(TopologyCheck topology, GatewayOptions options, CancellationToken stop)
    {
        var findings = (await topology.ReadAsync(stop)).Declared.ToLookup(finding => finding.Queue);
        await using var migration = new QueueMigration(options.RabbitMq, TimeProvider.System);
        var replaced = 0;
        foreach (var queue in options.Queues.NamesWithLetters)
        {
            var isOtherwise = findings[queue].Any();
            if (isOtherwise || await migration.HasBegunAsync(queue, stop))
            {
                QueueType? type = isOtherwise ? TypeOf(queue, findings[queue], options.RabbitMq) : null;
                var moved = await migration.ReplaceAsync(queue, type, stop);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{queue}: replaced, with {moved} messages"));
                replaced++;
            }
        }

        if (replaced == 0)
        {
            Console.WriteLine("Nothing was to be replaced.");
        }

        return ExitCodes.Done;
    }

    private static QueueType TypeOf(string queue, IEnumerable<TopologyFinding> findings, RabbitMqOptions options) =>
        findings.FirstOrDefault(finding => finding.Setting == QueueArguments.Type)?.Found switch
        {
            null => options.QueueType,
            "classic" => QueueType.Classic,
            "quorum" => QueueType.Quorum,
            var type => throw new MigrationRefusedException($"{queue} is of the type {type}, from which nothing can be taken"),
        };

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
