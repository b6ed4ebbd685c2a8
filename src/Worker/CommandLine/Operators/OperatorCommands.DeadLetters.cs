using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Worker.Hosting;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>Dead letters.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] LetterColumns =
    [
        new("id", "id"), new("queue", "queue"), new("job", "job_id"), new("merchant", "merchant_id"), new("event", "event"),
        new("reason", "reason"), new("error", "error"), new("died at", "died_at"), new("job state", "job_state"),
    ];

    private static readonly Column[] RequeueColumns =
        [new("requeue", "requeue_id"), new("state", "state"), new("done", "done"), new("total", "total"), new("waits for", "waits_for")];

    private Command DeadLettersCommand()
    {
        var all = GatewayJobs.QueuesOf(GatewayJobs.All).Names;
        var queue = new Option<string?>("--queue")
        {
            Description = $"Only of this queue, such as webhooks: {string.Join(", ", all)}",
        };
        queue.CompletionSources.Add([.. all]);
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Only this merchant's, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
        };
        var @event = new Option<string?>("--event") { Description = "Only of this event, such as payment.completed" };
        var reason = new Option<string?>("--reason") { Description = "Only for this reason, as the list shows it, such as exhausted" };
        var from = new Option<string?>("--from") { Description = "Only those that died then or later, such as 2026-01-31T08:00:00Z" };
        var before = new Option<string?>("--before", "--to") { Description = "Only those that died before, such as 2026-01-31T09:00:00Z" };
        Symbol[] filter = [queue, merchant, @event, reason, from, before];
        JsonObject Body(ParseResult arguments, bool isDryRun) => new()
        {
            ["queue"] = arguments.GetValue(queue),
            ["merchant_id"] = arguments.GetValue(merchant),
            ["event"] = arguments.GetValue(@event),
            ["reason"] = arguments.GetValue(reason),
            ["from"] = arguments.GetValue(from),
            ["to"] = arguments.GetValue(before),
            ["dry_run"] = isDryRun,
        };

        var newest = new Option<bool>("--newest") { Description = "The newest first; default: the oldest" };
        var limit = new Option<int?>("--limit") { Description = "The most letters, up to 500, such as 20; default: 50" };
        var cursor = new Option<string?>("--cursor")
        {
            Description = "The next page: what --json gave as cursor, such as 2026-01-31T08:00:00.0000000Z_…",
        };
        var id = new Argument<string?>("ID")
        {
            Description = "One letter by the id that the list shows, such as 01a2098c-fb14-780f-b592-1094d1f7e003; "
                + "without it, all that match",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var order = new Argument<string>("REQUEUE")
        {
            Description = "The id that requeue printed, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
        };
        var detach = new Option<bool>("--detach") { Description = "Do not wait until it is done" };

        var requeue = Command("requeue", "Put letters back, as if nobody had tried them", async (api, printer, arguments, stop) =>
        {
            JsonNode? answer;
            if (arguments.GetValue(id) is { } letter)
            {
                answer = await api.PostAsync($"/api/dead-letters/{Uri.EscapeDataString(letter)}/requeue", null, stop);
            }
            else
            {
                var count = (await api.PostAsync(
                    "/api/dead-letters/requeue", Body(arguments, isDryRun: true), stop))!["count"]!.GetValue<int>();
                Ask(printer, arguments, $"Put back {count} letters?");
                answer = await api.PostAsync("/api/dead-letters/requeue", Body(arguments, isDryRun: false), stop);
            }

            if (!arguments.GetValue(detach))
            {
                answer = await FollowRequeueAsync(api, printer, answer!, stop);
            }

            printer.Print(answer, [answer], RequeueColumns);
        }, [id, .. filter, detach, _yes]);
        requeue.Subcommands.Add(Command("stop", "Put no more back; what is back stays there", async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync(
                $"/api/dead-letters/requeues/{Uri.EscapeDataString(arguments.GetValue(order)!)}/stop",
                null,
                stop);
            printer.Print(answer, [answer], RequeueColumns);
        }, order));
        return new Command("dead-letters", "Messages that were given up")
        {
            Command("list", "A page of letters, the oldest first", async (api, printer, arguments, stop) =>
            {
                var answer = await api.GetAsync(
                    ApiClient.PathOf(
                        "/api/dead-letters",
                        ("queue", arguments.GetValue(queue)), ("merchant_id", arguments.GetValue(merchant)),
                        ("event", arguments.GetValue(@event)), ("reason", arguments.GetValue(reason)),
                        ("from", arguments.GetValue(from)), ("to", arguments.GetValue(before)),
                        ("order", arguments.GetValue(newest) ? "newest" : null),
                        ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)),
                        ("cursor", arguments.GetValue(cursor))),
                    stop);
                printer.Print(answer, Rows(answer?["dead_letters"]), LetterColumns);
            }, [.. filter, newest, limit, cursor]),
            requeue,
            Command("drop", "Drop letters, for good", async (api, printer, arguments, stop) =>
            {
                if (arguments.GetValue(id) is { } letter)
                {
                    Ask(printer, arguments, $"Drop {letter}, for good?");
                    await api.DeleteAsync($"/api/dead-letters/{Uri.EscapeDataString(letter)}", stop);
                    printer.Say(new JsonObject { ["dropped"] = 1 }, "1 letter is dropped.");
                    return;
                }

                var count = (await api.PostAsync(
                    "/api/dead-letters/drop", Body(arguments, isDryRun: true), stop))!["count"]!.GetValue<int>();
                Ask(printer, arguments, $"Drop {count} letters, for good?");
                var answer = await api.PostAsync("/api/dead-letters/drop", Body(arguments, isDryRun: false), stop);
                printer.Say(answer, $"{answer!["dropped"]} letters are dropped.");
            }, [id, .. filter, _yes]),
        };
    }

    private static async Task<JsonNode> FollowRequeueAsync(ApiClient api, Printer printer, JsonNode requeue, CancellationToken stop)
    {
        await WithProgressAsync(printer, "Putting back", requeue["total"]!.GetValue<int>(), async show =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
            for (var done = 0; requeue["state"]!.ToString() == "running"; done = requeue["done"]!.GetValue<int>())
            {
                await timer.WaitForNextTickAsync(stop);
                requeue = (await api.GetAsync($"/api/dead-letters/requeues/{requeue["requeue_id"]}", stop))!;
                show(requeue["done"]!.GetValue<int>() - done);
            }
        });
        return requeue;
    }
}
