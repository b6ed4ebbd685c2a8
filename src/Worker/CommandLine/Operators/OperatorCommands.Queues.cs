using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Worker.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands for queues and schedules.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] QueueColumns =
    [
        new("queue", "queue"), new("paused", "paused"), new("ready", "ready"), new("active", "active"), new("delayed", "delayed"),
        new("dead", "dead"), new("done", "processed_today"), new("failed", "failed_today"),
        new("oldest s", "oldest_waiting_seconds"), new("workers", "consumers"),
    ];

    private static readonly Column[] PauseColumns =
        [new("queue", "queue"), new("paused", "paused"), new("by", "paused_by"), new("since", "paused_at")];

    private static readonly Column[] ScheduleColumns =
    [
        new("schedule", "name"), new("cron", "cron"), new("zone", "time_zone"), new("enabled", "enabled"), new("paused", "paused"),
        new("last", "last_tick"), new("next", "next_tick"),
    ];

    private Command QueuesCommand()
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Show them again every two seconds, until Ctrl-C" };
        var queues = Command("queues", "Every queue with its figures", async (api, printer, arguments, stop) =>
        {
            var answer = await api.GetAsync("/api/queues", stop);
            if (!arguments.GetValue(watch) || !printer.IsTerminal)
            {
                printer.Print(answer, Rows(answer), QueueColumns);
                return;
            }

            IRenderable View(JsonNode? figures) => Printer.ViewOf([.. Rows(figures)], QueueColumns, printer.Console.Profile.Width);
            await printer.Console.Live(View(answer)).StartAsync(async live =>
            {
                using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
                try
                {
                    while (await timer.WaitForNextTickAsync(stop))
                    {
                        live.UpdateTarget(View(await api.GetAsync("/api/queues", stop)));
                    }
                }
                catch (OperationCanceledException)
                {
                    // Ctrl-C is how a watch ends.
                }
            });
        }, watch);

        var queue = QueueArgument();
        queues.Subcommands.Add(Command("purge", "Remove what is ready in a queue, for good", async (api, printer, arguments, stop) =>
        {
            var name = arguments.GetValue(queue)!;
            Ask(printer, arguments, $"Remove every message that is ready in {name}, for good?");
            var answer = await api.PostAsync($"/api/queues/{Uri.EscapeDataString(name)}/purge", null, stop);
            printer.Say(answer, $"{answer?["purged"]} messages removed.");
        }, queue, _yes));
        return queues;
    }

    private Command ChangeQueue(string change, string description)
    {
        var queue = QueueArgument();
        return Command(change, description, async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync($"/api/queues/{Uri.EscapeDataString(arguments.GetValue(queue)!)}/{change}", null, stop);
            printer.Print(answer, [answer], PauseColumns);
        }, queue);
    }

    private Command SchedulesCommand()
    {
        var name = new Argument<string>("NAME") { Description = "The schedule, such as payment-expiry" };
        name.CompletionSources.Add([.. GatewayJobs.All.Select(job => job.Schedule)]);
        Command Change(string change, string description) => Command(change, description, async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync($"/api/schedules/{Uri.EscapeDataString(arguments.GetValue(name)!)}/{change}", null, stop);
            if (change == "run")
            {
                SayPublished(printer, answer);
            }
            else
            {
                printer.Print(answer, [answer], ScheduleColumns);
            }
        }, name);

        var schedules = Command("schedules", "Every schedule with its last and next tick", async (api, printer, _, stop) =>
        {
            var answer = await api.GetAsync("/api/schedules", stop);
            printer.Print(answer, Rows(answer), ScheduleColumns);
        });
        schedules.Subcommands.Add(Change("run", "Run its job once now, beside its ticks"));
        schedules.Subcommands.Add(Change("pause", "Run nothing at its ticks, in all workers, until it is resumed"));
        schedules.Subcommands.Add(Change("resume", "End its pause: its job runs at the next tick"));
        return schedules;
    }
}
