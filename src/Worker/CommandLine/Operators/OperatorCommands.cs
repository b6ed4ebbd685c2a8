using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Spectre.Console;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands of operators. Each speaks to the API of a running worker.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly string[] Queues = [.. GatewayJobs.FlowsOf(GatewayJobs.All).Select(flow => flow.Name)];

    private readonly HttpMessageHandler? _handler;
    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private readonly IAnsiConsole _console;
    private readonly Option<Uri?> _url = WorkerAddress.Option();

    private readonly Option<bool> _json = new("--json") { Description = "Print the API's answer as JSON", Recursive = true };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };

    /// <param name="console">The terminal.</param>
    /// <param name="output">Where answers go that are no table.</param>
    /// <param name="error">Where complaints go.</param>
    /// <param name="handler">Stands in for the network in tests.</param>
    public OperatorCommands(IAnsiConsole console, TextWriter output, TextWriter error, HttpMessageHandler? handler = null) =>
        (_console, _out, _error, _handler) = (console, output, error, handler);

    private delegate Task Act(ApiClient api, Printer printer, ParseResult arguments, CancellationToken stop);

    /// <summary>Adds the commands to the root.</summary>
    public void AddTo(RootCommand root)
    {
        Command[] commands =
        [
            QueuesCommand(), FiguresCommand(), FindCommand(), JobsCommand(), JobCommand(), PublishCommand(), WaitingCommand(),
            DeadLettersCommand(), RedeliverCommand(), RecoverCommand(), BulkCommand(), EndpointsCommand(),
            SchedulesCommand(), ReportsCommand(), OutboxCommand(), ActionsCommand(),
            ChangeQueue("pause", "Start nothing more of a queue, in all workers, until it is resumed"),
            ChangeQueue("resume", "End the pause of a queue"),
        ];
        foreach (var command in commands)
        {
            command.Options.Add(_url);
            command.Options.Add(_json);
            root.Subcommands.Add(command);
        }
    }

    private Command Command(string name, string description, Act act, params IReadOnlyList<Symbol> symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)symbol);
            }
        }

        command.SetAction(async (arguments, stop) =>
        {
            Uri url;
            try
            {
                url = arguments.GetValue(_url) ?? WorkerAddress.FromEnvironment();
            }
            catch (InvalidSettingsException exception)
            {
                await _error.WriteLineAsync(exception.Message);
                return ExitCodes.WrongConfiguration;
            }

            using var api = new ApiClient(url, Environment.GetEnvironmentVariable(ApiClient.KeyVariable), _handler);
            try
            {
                await act(api, new Printer(_console, _out, arguments.GetValue(_json)), arguments, stop);
                return ExitCodes.Done;
            }
            catch (ApiException exception)
            {
                await _error.WriteLineAsync(exception.Message);
                return exception.ExitCode;
            }
        });
        return command;
    }

    private static Argument<string> QueueArgument()
    {
        var queue = new Argument<string>("QUEUE") { Description = $"The queue, such as webhooks: {string.Join(", ", Queues)}" };
        queue.CompletionSources.Add(Queues);
        return queue;
    }

    private static Option<string?> QueueOption()
    {
        var queue = new Option<string?>("--queue") { Description = $"Only of this queue, such as webhooks: {string.Join(", ", Queues)}" };
        queue.CompletionSources.Add(Queues);
        return queue;
    }

    // The API would name the field of its own.
    private static void Require(ParseResult arguments, Option<string?> option, string what)
    {
        if (string.IsNullOrWhiteSpace(arguments.GetValue(option)))
        {
            throw new ApiException(ExitCodes.WrongConfiguration, $"{option.Name} is missing: say {what}.");
        }
    }

    private void Ask(Printer printer, ParseResult arguments, string question)
    {
        if (arguments.GetValue(_yes))
        {
            return;
        }

        if (!printer.IsTerminal || !_console.Profile.Capabilities.Interactive)
        {
            throw new ApiException(ExitCodes.WrongConfiguration, $"{question} Say --yes: there is nobody to ask.");
        }

        if (!_console.Confirm(question, defaultValue: false))
        {
            throw new ApiException(ExitCodes.Failed, "Nothing was done.");
        }
    }

    private static async Task WithProgressAsync(Printer printer, string what, double total, Func<Action<int>, Task> work)
    {
        if (!printer.IsTerminal)
        {
            await work(_ => { });
            return;
        }

        await printer.Console.Progress().StartAsync(async progress =>
        {
            var task = progress.AddTask(what, maxValue: Math.Max(1, total));
            await work(done => task.Increment(done));
            task.Value = task.MaxValue;
        });
    }

    private static void SayPublished(Printer printer, JsonNode? answer) => printer.Say(answer, $"{answer?["job_id"]}");

    private static IEnumerable<JsonNode?> Rows(JsonNode? array) => array as JsonArray ?? [];
}
