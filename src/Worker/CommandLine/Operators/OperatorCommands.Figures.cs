using System.CommandLine;
using System.Globalization;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The command for figures: how attempts ended and how long they took.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly string[] FigureGroups = ["queue", "type", "minute", "hour", "merchant", "event"];

    private static readonly Column[] FigureColumns =
    [
        new("attempts", "attempts"), new("succeeded", "succeeded"), new("retrying", "retrying"), new("dead", "dead"),
        new("skipped", "skipped"), new("retries", "retries"), new("success rate", "success_rate"), new("a second", "per_second"),
        new("p50 s", "p50_seconds"), new("p95 s", "p95_seconds"), new("p99 s", "p99_seconds"),
    ];

    private Command FiguresCommand()
    {
        var by = new Option<string>("--by")
        {
            Description = $"By what, such as merchant: {string.Join(", ", FigureGroups)}",
            DefaultValueFactory = _ => FigureGroups[0],
        };
        by.CompletionSources.Add(FigureGroups);
        var from = new Option<string?>("--from")
        {
            Description = "Attempts that began then or later, such as 2026-01-31T08:00:00Z; default: 24 hours before the end",
        };
        var to = new Option<string?>("--to") { Description = "Attempts that began before, such as 2026-01-31T09:00:00Z; default: now" };
        var queue = QueueOption();
        var type = new Option<string?>("--type") { Description = "Only jobs of this type, such as webhook:delivery" };
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Only this merchant's, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
        };
        var @event = new Option<string?>("--event") { Description = "Only webhooks of this event, such as payment.completed" };
        var limit = new Option<int?>("--limit") { Description = "The most lines, up to 1000, such as 20; default: 100" };
        const string Description = "How many attempts there were, how they ended and how long they took";
        return Command("figures", Description, async (api, printer, arguments, stop) =>
        {
            var group = arguments.GetValue(by)!;
            var answer = await api.GetAsync(
                ApiClient.PathOf(
                    "/api/figures",
                    ("by", group), ("from", arguments.GetValue(from)), ("to", arguments.GetValue(to)),
                    ("queue", arguments.GetValue(queue)), ("type", arguments.GetValue(type)),
                    ("merchant_id", arguments.GetValue(merchant)), ("event", arguments.GetValue(@event)),
                    ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture))),
                stop);
            printer.Print(answer, Rows(answer?["figures"]), [new(group, "key"), .. FigureColumns]);
        }, by, from, to, queue, type, merchant, @event, limit);
    }
}
