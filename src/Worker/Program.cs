using System.CommandLine;
using System.Net;
using Gateway.Worker.CommandLine;
using Gateway.Worker.CommandLine.Operators;
using Gateway.Worker.Demo;
using Spectre.Console;

// HTTP_PROXY and its like are for programs that look at the world. What speaks HTTP here, libraries such as the OTLP exporter included,
// speaks to servers of ours, whose passwords a proxy would see, or to merchants, through WEBHOOK_PROXY or none.
HttpClient.DefaultProxy = new WebProxy();

var serve = new Command("serve", "Run the worker until it is stopped (the default)");
serve.SetAction((_, stop) => ServeCommand.RunAsync(stop));

var demo = new Command("demo", "Run the four jobs on sample data, with no server at all, and show each attempt");
demo.SetAction((_, stop) => DemoCommand.RunAsync(stop));

var migrate = new Command(
    "migrate",
    "Create the tables that are missing, and say what the gateway must add; tables that exist are left as they are");
migrate.SetAction((_, stop) => MigrateCommand.RunAsync(stop));

var health = new Command("health", "Ask the worker at OPS_URL whether it is ready: exit code 0, or 1 with the reason");
var url = WorkerAddress.Option();
health.Options.Add(url);
health.SetAction((arguments, stop) => HealthCommand.RunAsync(arguments.GetValue(url), stop));

var date = new Option<string?>("--date") { Description = "The business day, such as 2026-01-31; without it, yesterday" };
var format = new Option<string>("--format")
{
    Description = "How it is printed: text, html, csv, xlsx or json",
    DefaultValueFactory = _ => "text",
}.AcceptOnlyFromAmong("text", "html", "csv", "xlsx", "json");
var generation = new Option<int?>("--generation") { Description = "Print this generation of it, from 1, and write nothing" };
var output = new Option<FileInfo?>("--output") { Description = "The file to print to, such as report.html; default: standard output" };
var report = new Command("report", "Write the settlement report of a business day, if its figures have changed, and print it")
{
    date,
    generation,
    format,
    output,
};
report.SetAction((arguments, stop) => ReportCommand.RunAsync(
    arguments.GetValue(date), arguments.GetValue(generation), arguments.GetValue(format)!, arguments.GetValue(output), stop));

var keyName = new Argument<string>("NAME") { Description = "Whose key it is, such as alice: the trail of changes names it" };
var role = new Argument<string>("ROLE") { Description = "viewer, who reads, or operator, who may change" }
    .AcceptOnlyFromAmong("viewer", "operator");
var newKey = new Command("new", "Make a key of the API, and print it with its entry for OPS_API_KEYS") { keyName, role };
newKey.SetAction((arguments, _) => KeysCommand.RunAsync(arguments.GetValue(keyName)!, arguments.GetValue(role)!));
var keys = new Command("keys", "Keys of the API") { newKey };

var root = new RootCommand("The background worker of the payment gateway.")
{
    serve, demo, migrate, health, report, keys, MerchantsCommand.Create(),
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
