using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Worker.Hosting;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands for dead letters: list them, put them back, drop them.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] LetterColumns =
    [
        new("id", "id"), new("queue", "queue"), new("job", "job_id"), new("merchant", "merchant_id"), new("event", "event"),
        new("reason", "reason"), new("error", "error"), new("died at", "died_at"), new("job state", "job_state"),
    ];

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
        var rate = RateOption("as many as the servers take");
        var everything = AllOption("Every dead letter, where nothing else says what is meant");
        Symbol[] filter = [queue, merchant, @event, reason, from, before];
        JsonObject Body(ParseResult arguments, bool isDryRun) => new()
        {
            ["queue"] = arguments.GetValue(queue),
            ["merchant_id"] = arguments.GetValue(merchant),
            ["event"] = arguments.GetValue(@event),
            ["reason"] = arguments.GetValue(reason),
            ["from"] = arguments.GetValue(from),
            ["to"] = arguments.GetValue(before),
            ["rate_per_second"] = arguments.GetValue(rate),
            ["all"] = arguments.GetValue(everything),
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
        var requeue = Command("requeue", "Put letters back, as if nobody had tried them", async (api, printer, arguments, stop) =>
        {
            var job = arguments.GetValue(id) is { } letter
                ? await api.PostAsync($"/api/dead-letters/{Uri.EscapeDataString(letter)}/requeue", null, stop)
                : await BeginAsync("requeue", count => $"Put back {count} letters?", api, printer, arguments, stop);
            await PrintBulkAsync(api, printer, arguments, job!, stop);
        }, [id, .. filter, everything, rate, _detach, _yes]);
        var drop = Command("drop", "Drop letters, for good", async (api, printer, arguments, stop) =>
        {
            if (arguments.GetValue(id) is { } letter)
            {
                Ask(printer, arguments, $"Drop {letter}, for good?");
                await api.DeleteAsync($"/api/dead-letters/{Uri.EscapeDataString(letter)}", stop);
                printer.Say(new JsonObject { ["dropped"] = 1 }, "1 letter is dropped.");
                return;
            }

            var job = await BeginAsync("drop", count => $"Drop {count} letters, for good?", api, printer, arguments, stop);
            await PrintBulkAsync(api, printer, arguments, job!, stop);
        }, [id, .. filter, everything, rate, _detach, _yes]);
        async Task<JsonNode?> BeginAsync(
            string change, Func<int, string> question, ApiClient api, Printer printer, ParseResult arguments, CancellationToken stop)
        {
            var path = $"/api/dead-letters/{change}";
            var count = (await api.PostAsync(path, Body(arguments, isDryRun: true), stop))!["count"]!.GetValue<int>();
            Ask(printer, arguments, question(count));
            return await api.PostAsync(path, Body(arguments, isDryRun: false), stop);
        }

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
            drop,
        };
    }
}
