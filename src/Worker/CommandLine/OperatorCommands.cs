using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Worker.Bus;
using Spectre.Console;

namespace Gateway.Worker.CommandLine;

/// <summary>The commands of operators. Each speaks to the API of a running worker.</summary>
internal sealed class OperatorCommands
{
    private static readonly string[] Queues = [QueueNames.Webhooks, QueueNames.Periodic, QueueNames.WebhooksRetry, QueueNames.Monitoring, QueueNames.Reports];
    private static readonly string[] States = ["queued", "succeeded", "retrying", "dead", "skipped"];

    private static readonly Column[] QueueColumns =
    [
        new("queue", "queue"), new("paused", "paused"), new("ready", "ready"), new("active", "active"), new("delayed", "delayed"), new("dead", "dead"),
        new("done", "processed_today"), new("failed", "failed_today"), new("oldest s", "oldest_waiting_seconds"), new("workers", "consumers"),
    ];

    private static readonly Column[] JobColumns =
    [
        new("job", "job_id"), new("type", "job_type"), new("state", "state"), new("attempts", "attempts_made"), new("merchant", "merchant_id"), new("event", "event"),
        new("reason", "reason"), new("last at", "last_at"),
    ];

    private static readonly Column[] RecoveryColumns =
    [
        new("recovery", "recovery_id"), new("state", "state"), new("merchant", "merchant_id"), new("done", "done"), new("total", "total"), new("per second", "rate_per_second"),
        new("by", "created_by"), new("since", "created_at"),
    ];

    private static readonly Column[] ScheduleColumns =
    [
        new("schedule", "name"), new("cron", "cron"), new("zone", "time_zone"), new("enabled", "enabled"), new("paused", "paused"), new("last", "last_tick"), new("next", "next_tick"),
    ];

    private static readonly Column[] EndpointColumns =
        [new("merchant", "merchant_id"), new("state", "state"), new("reason", "reason"), new("since", "since"), new("failing since", "failing_since"), new("circuit", "circuit")];

    private readonly HttpMessageHandler? _handler;
    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private readonly IAnsiConsole _console;
    private readonly Option<Uri> _url = new("--url")
    {
        Description = "The worker's API; default: OPS_URL, else http://127.0.0.1:8090. The key is read from OPS_API_KEY",
        Recursive = true,
        DefaultValueFactory = _ => new Uri(Environment.GetEnvironmentVariable("OPS_URL") is { Length: > 0 } url ? url : "http://127.0.0.1:8090"),
    };

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
        root.Options.Add(_url);
        root.Options.Add(_json);
        foreach (var command in (Command[])[QueuesCommand(), JobsCommand(), JobCommand(), PublishCommand(), DeadLettersCommand(), RedeliverCommand(), RecoverCommand(), EndpointsCommand(), SchedulesCommand(), ChangeQueue("pause", "Start nothing more of a queue, in all workers"), ChangeQueue("resume", "End a pause")])
        {
            root.Subcommands.Add(command);
        }
    }

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

            await printer.Console.Live(Printer.TableOf(Rows(answer), QueueColumns)).StartAsync(async live =>
            {
                using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
                try
                {
                    while (await timer.WaitForNextTickAsync(stop))
                    {
                        live.UpdateTarget(Printer.TableOf(Rows(await api.GetAsync("/api/queues", stop)), QueueColumns));
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
            printer.Print(answer, [answer], QueueColumns);
        }, queue);
    }

    private Command JobsCommand()
    {
        var state = new Option<string?>("--state") { Description = string.Join(", ", States) };
        state.CompletionSources.Add(States);
        var queue = QueueOption();
        var type = new Option<string?>("--type") { Description = "Such as webhook:delivery" };
        var merchant = new Option<string?>("--merchant") { Description = "The merchant's id" };
        var @event = new Option<string?>("--event") { Description = "The webhook's event" };
        var from = new Option<string?>("--from") { Description = "The last attempt began then or later" };
        var to = new Option<string?>("--to") { Description = "The last attempt began before" };
        var limit = new Option<int?>("--limit") { Description = "The most jobs, up to 500; default: 50" };
        var cursor = new Option<string?>("--cursor") { Description = "The next page: what --json gives as cursor" };
        return Command("jobs", "A page of jobs, the newest first", async (api, printer, arguments, stop) =>
        {
            var answer = await api.GetAsync(
                ApiClient.PathOf(
                    "/api/jobs",
                    ("state", arguments.GetValue(state)), ("queue", arguments.GetValue(queue)), ("type", arguments.GetValue(type)), ("merchant_id", arguments.GetValue(merchant)),
                    ("event", arguments.GetValue(@event)), ("from", arguments.GetValue(from)), ("to", arguments.GetValue(to)),
                    ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)), ("cursor", arguments.GetValue(cursor))),
                stop);
            printer.Print(answer, Rows(answer?["jobs"]), JobColumns);
        }, state, queue, type, merchant, @event, from, to, limit, cursor);
    }

    private Command JobCommand()
    {
        var id = new Argument<string>("ID") { Description = "The job's id, such as a webhook's delivery id" };
        return Command("job", "One job with every attempt", async (api, printer, arguments, stop) =>
        {
            var answer = await api.GetAsync($"/api/jobs/{Uri.EscapeDataString(arguments.GetValue(id)!)}", stop);
            if (printer.IsTerminal)
            {
                printer.Print(answer, [answer], JobColumns);
            }

            printer.Print(
                answer, Rows(answer?["attempts"]),
                new("attempt", "attempt"), new("queue", "queue"), new("state", "state"), new("reason", "reason"), new("status", "status_code"), new("started", "started_at"),
                new("ms", "duration_ms"), new("detail", "detail"));
        }, id);
    }

    private Command PublishCommand()
    {
        var merchant = new Option<string>("--merchant") { Description = "The merchant's id", Required = true };
        var @event = new Option<string>("--event") { Description = "Such as payment.completed", Required = true };
        var payload = new Option<string>("--payload") { Description = "The file with the payload, a JSON object; - reads standard input", Required = true };
        var deliveryId = new Option<Guid?>("--delivery-id") { Description = "The same id twice delivers once; default: a new one" };
        var date = new Option<string?>("--date") { Description = "The business day, such as 2026-01-31; default: yesterday" };
        return new Command("publish", "Ask for a job now")
        {
            Command("webhook", "Publish a webhook", async (api, printer, arguments, stop) =>
            {
                var body = new JsonObject
                {
                    ["merchant_id"] = arguments.GetValue(merchant),
                    ["event"] = arguments.GetValue(@event),
                    ["payload"] = await ReadPayloadAsync(arguments.GetValue(payload)!, stop),
                };
                if (arguments.GetValue(deliveryId) is { } id)
                {
                    body["delivery_id"] = id;
                }

                SayPublished(printer, await api.PostAsync("/api/jobs/webhooks", body, stop));
            }, merchant, @event, payload, deliveryId),
            Command("expire-payments", "Expire the payments whose time has passed", async (api, printer, _, stop) =>
                SayPublished(printer, await api.PostAsync("/api/jobs/expire-payments", null, stop))),
            Command("check-wallet-balances", "Read the wallets' balances", async (api, printer, _, stop) =>
                SayPublished(printer, await api.PostAsync("/api/jobs/check-wallet-balances", null, stop))),
            Command("settlement-report", "Write the settlement report of a business day", async (api, printer, arguments, stop) =>
                SayPublished(printer, await api.PostAsync(
                    "/api/jobs/settlement-report", arguments.GetValue(date) is { } day ? new JsonObject { ["date"] = day } : new JsonObject(), stop)), date),
        };
    }

    private Command DeadLettersCommand()
    {
        var queue = QueueOption();
        queue.DefaultValueFactory = _ => QueueNames.Webhooks;
        var merchant = new Option<string?>("--merchant") { Description = "Only this merchant's" };
        var @event = new Option<string?>("--event") { Description = "Only of this event" };
        var reason = new Option<string?>("--reason") { Description = "Only for this reason, as the list shows it" };
        var limit = new Option<int?>("--limit") { Description = "The most letters, up to 500; default: 50" };
        var id = new Argument<string?>("ID") { Description = "One letter; without it, all that match", Arity = ArgumentArity.ZeroOrOne };
        var one = new Argument<string>("ID") { Description = "The letter" };
        return new Command("dead-letters", "Messages that were given up")
        {
            Command("list", "The letters of a queue, the oldest first", async (api, printer, arguments, stop) =>
            {
                var answer = await api.GetAsync(
                    ApiClient.PathOf(
                        "/api/dead-letters",
                        ("queue", arguments.GetValue(queue)), ("merchant_id", arguments.GetValue(merchant)), ("event", arguments.GetValue(@event)),
                        ("reason", arguments.GetValue(reason)), ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture))),
                    stop);
                printer.Print(
                    answer, Rows(answer?["dead_letters"]),
                    new("id", "id"), new("job", "job_id"), new("merchant", "merchant_id"), new("event", "event"), new("reason", "reason"), new("error", "error"),
                    new("failed at", "failed_at"), new("job state", "job_state"));
            }, queue, merchant, @event, reason, limit),
            Command("requeue", "Put letters back, as if nobody had tried them", async (api, printer, arguments, stop) =>
            {
                var name = arguments.GetValue(queue)!;
                if (arguments.GetValue(id) is { } letter)
                {
                    var answer = await api.PostAsync(ApiClient.PathOf($"/api/dead-letters/{Uri.EscapeDataString(letter)}/requeue", ("queue", name)), null, stop);
                    printer.Say(answer, "1 letter is back in its queue.");
                    return;
                }

                Ask(printer, arguments, $"Put back every letter of {name} that matches?");
                await RequeueAllAsync(api, printer, name, arguments.GetValue(merchant), arguments.GetValue(@event), arguments.GetValue(reason), stop);
            }, id, queue, merchant, @event, reason, _yes),
            Command("drop", "Drop one letter, for good", async (api, printer, arguments, stop) =>
            {
                Ask(printer, arguments, $"Drop {arguments.GetValue(one)}, for good?");
                await api.DeleteAsync(ApiClient.PathOf($"/api/dead-letters/{Uri.EscapeDataString(arguments.GetValue(one)!)}", ("queue", arguments.GetValue(queue))), stop);
                printer.Say(null, "Dropped.");
            }, one, queue, _yes),
        };
    }

    private static async Task RequeueAllAsync(
        ApiClient api, Printer printer, string queue, string? merchant, string? @event, string? reason, CancellationToken stop)
    {
        var total = (await api.GetAsync("/api/queues", stop))?.AsArray().FirstOrDefault(q => q?["queue"]?.ToString() == queue)?["dead"]?.GetValue<long>() ?? 0;
        var requeued = 0;
        async Task MoveAsync(Action<int> show)
        {
            while (true)
            {
                var answer = await api.PostAsync(
                    "/api/dead-letters/requeue",
                    new JsonObject { ["queue"] = queue, ["merchant_id"] = merchant, ["event"] = @event, ["reason"] = reason, ["limit"] = 200 },
                    stop);
                var moved = answer!["requeued"]!.GetValue<int>();
                requeued += moved;
                show(moved);
                if (moved == 0 || !answer["has_more"]!.GetValue<bool>())
                {
                    return;
                }
            }
        }

        await WithProgressAsync(printer, $"Requeueing {queue}", total, MoveAsync);
        printer.Say(new JsonObject { ["requeued"] = requeued }, $"{requeued} letters are back in their queue.");
    }

    private Command RedeliverCommand()
    {
        var id = new Argument<string>("ID") { Description = "The webhook's delivery id" };
        return Command("redeliver", "Send one webhook again under the same webhook-id", async (api, printer, arguments, stop) =>
            SayPublished(printer, await api.PostAsync($"/api/webhooks/{Uri.EscapeDataString(arguments.GetValue(id)!)}/redeliver", null, stop)), id);
    }

    private Command RecoverCommand()
    {
        var merchant = new Option<string?>("--merchant") { Description = "The merchant's id" };
        var @event = new Option<string?>("--event") { Description = "Only this event" };
        var from = new Option<string?>("--from") { Description = "The last attempt began then or later, such as 2026-01-31T08:00:00Z" };
        var to = new Option<string?>("--to") { Description = "The last attempt began before; default: now" };
        var states = new Option<string[]>("--state") { Description = "dead, skipped or both, which is the default", AllowMultipleArgumentsPerToken = true };
        states.CompletionSources.Add("dead", "skipped");
        var rate = new Option<int?>("--rate") { Description = "How many a second; default: 50" };
        var detach = new Option<bool>("--detach") { Description = "Do not wait until it is done" };
        var id = new Argument<string>("ID") { Description = "The recovery" };
        var recover = Command("recover", "Send a merchant's failed and skipped webhooks of a time window again", async (api, printer, arguments, stop) =>
        {
            JsonObject Body(bool isDryRun) => new()
            {
                ["merchant_id"] = arguments.GetValue(merchant),
                ["event"] = arguments.GetValue(@event),
                ["from"] = arguments.GetValue(from),
                ["to"] = arguments.GetValue(to),
                ["states"] = arguments.GetValue(states) is { Length: > 0 } given ? new JsonArray([.. given.Select(state => (JsonNode)state)]) : null,
                ["rate_per_second"] = arguments.GetValue(rate),
                ["dry_run"] = isDryRun,
            };
            var count = (await api.PostAsync("/api/webhooks/recover", Body(isDryRun: true), stop))!["count"]!.GetValue<int>();
            Ask(printer, arguments, $"Send {count} webhooks again?");
            var recovery = await api.PostAsync("/api/webhooks/recover", Body(isDryRun: false), stop);
            if (!arguments.GetValue(detach))
            {
                var path = $"/api/webhooks/recoveries/{recovery!["recovery_id"]}";
                await WithProgressAsync(printer, "Sending", count, async show =>
                {
                    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
                    for (var done = 0; recovery["state"]!.ToString() == "running"; await timer.WaitForNextTickAsync(stop))
                    {
                        recovery = (await api.GetAsync(path, stop))!;
                        show(recovery["done"]!.GetValue<int>() - done);
                        done = recovery["done"]!.GetValue<int>();
                    }
                });
            }

            printer.Print(recovery, [recovery], RecoveryColumns);
        }, merchant, @event, from, to, states, rate, detach, _yes);
        recover.Subcommands.Add(Command("list", "The latest recoveries", async (api, printer, _, stop) =>
        {
            var answer = await api.GetAsync("/api/webhooks/recoveries", stop);
            printer.Print(answer, Rows(answer), RecoveryColumns);
        }));
        recover.Subcommands.Add(Command("stop", "Send no more", async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync($"/api/webhooks/recoveries/{Uri.EscapeDataString(arguments.GetValue(id)!)}/stop", null, stop);
            printer.Print(answer, [answer], RecoveryColumns);
        }, id));
        return recover;
    }

    private Command EndpointsCommand()
    {
        var merchant = new Argument<string>("MERCHANT") { Description = "The merchant's id" };
        Command Change(string change, string description) => Command(change, description, async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync($"/api/webhooks/endpoints/{Uri.EscapeDataString(arguments.GetValue(merchant)!)}/{change}", null, stop);
            printer.Print(answer, [answer], change == "enable" ? [.. EndpointColumns, new("skipped", "skipped_since")] : EndpointColumns);
        }, merchant);

        return new Command("endpoints", "Merchants' endpoints that fail or are disabled")
        {
            Command("list", "The endpoints that fail or are disabled", async (api, printer, _, stop) =>
            {
                var answer = await api.GetAsync("/api/webhooks/endpoints", stop);
                printer.Print(answer, Rows(answer?["endpoints"]), EndpointColumns);
            }),
            Change("enable", "Send webhooks to it again, and say how many were skipped"),
            Change("disable", "Skip its webhooks from now on"),
        };
    }

    private Command SchedulesCommand()
    {
        var name = new Argument<string>("NAME") { Description = "The schedule" };
        name.CompletionSources.Add("payment-expiry", "balance-check", "settlement-report");
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
        schedules.Subcommands.Add(Change("run", "Ask for its job now"));
        schedules.Subcommands.Add(Change("pause", "No more ticks"));
        schedules.Subcommands.Add(Change("resume", "Tick again"));
        return schedules;
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
            using var api = new ApiClient(arguments.GetValue(_url)!, Environment.GetEnvironmentVariable(ApiClient.KeyVariable), _handler);
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
        var queue = new Argument<string>("QUEUE") { Description = string.Join(", ", Queues) };
        queue.CompletionSources.Add(Queues);
        return queue;
    }

    private static Option<string?> QueueOption()
    {
        var queue = new Option<string?>("--queue") { Description = string.Join(", ", Queues) };
        queue.CompletionSources.Add(Queues);
        return queue;
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

    private static async Task<JsonNode?> ReadPayloadAsync(string file, CancellationToken stop)
    {
        try
        {
            return JsonNode.Parse(file == "-" ? await Console.In.ReadToEndAsync(stop) : await File.ReadAllTextAsync(file, stop));
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ApiException(ExitCodes.WrongConfiguration, $"--payload: {exception.Message}");
        }
    }

    private static void SayPublished(Printer printer, JsonNode? answer) => printer.Say(answer, $"{answer?["job_id"]}");

    private static IEnumerable<JsonNode?> Rows(JsonNode? array) => array as JsonArray ?? [];
}
