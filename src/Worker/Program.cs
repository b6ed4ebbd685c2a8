using System.CommandLine;
using System.Net;
using Gateway.Worker.CommandLine;
using Gateway.Worker.CommandLine.Operators;
using Gateway.Worker.Demo;
using Spectre.Console;

// The commands of the worker. Without one it serves.

// HTTP_PROXY and its like are for programs that look at the world. What speaks HTTP here, libraries such as the OTLP exporter included,
// speaks to servers of ours, whose passwords a proxy would see, or to merchants, through WEBHOOK_PROXY or none.
HttpClient.DefaultProxy = new WebProxy();

var serve = new Command("serve", "Run the worker until it is stopped (the default)");
serve.SetAction((_, stop) => ServeCommand.RunAsync(stop));

var migrate = new Command(
    "migrate",
    "Create the tables that are missing, and say what the gateway must add; tables that exist are left as they are");
migrate.SetAction((_, stop) => MigrateCommand.RunAsync(stop));

var root = new RootCommand("The background worker of the payment gateway.")
{
    serve, DemoCommand.Create(), migrate, HealthCommand.Create(), ReportCommand.Create(), KeysCommand.Create(), MerchantsCommand.Create(),
    TopologyCommand.Create(),
};
new OperatorCommands(AnsiConsole.Console, Console.Out, Console.Error).AddTo(root);
root.SetAction((_, stop) => ServeCommand.RunAsync(stop));

// Without a position the library would complete the beginning of the line and not its end.
if (args is ["[suggest]", var line, ..])
{
    args[0] = FormattableString.Invariant($"[suggest:{line.Length}]");
}

// A stop takes as long as WORKER_STOP_TIMEOUT lets it; the library would end the process after two seconds, attempts in flight included.
var configuration = new InvocationConfiguration
{
    ProcessTerminationTimeout = Timeout.InfiniteTimeSpan,
    EnableDefaultExceptionHandler = false,
};
return await CommandEnd.RunAsync(root.Parse(args), configuration);
