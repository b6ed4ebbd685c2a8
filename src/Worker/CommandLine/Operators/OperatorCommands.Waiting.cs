using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Persistence.Waiting;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands for webhooks that wait for their next attempt.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] WaitingColumns =
    [
        new("delivery", "delivery_id"), new("merchant", "merchant_id"), new("event", "event"), new("attempt", "attempt"),
        new("reason", "reason"), new("due at", "due_at"), new("since", "waits_since"), new("on the road", "on_the_road"),
        new("unreadable", "unreadable_reason"),
    ];

    private static readonly Column[] WaitingMerchantColumns =
    [
        new("merchant", "merchant_id"), new("waiting", "waiting"), new("by reason", "by_reason"), new("on the road", "on_the_road"),
        new("next due", "next_due_at"), new("oldest since", "oldest_since"), new("held until", "held_until"), new("held by", "hold_reason"),
        new("disabled since", "disabled_since"),
    ];

    private Command WaitingCommand()
    {
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Only this merchant's, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
        };
        var @event = new Option<string?>("--event") { Description = "Only of this event, such as payment.completed" };
        var reason = new Option<string?>("--reason")
        {
            Description = $"Only those that wait for this reason, such as circuit_open: {string.Join(", ", WaitReasons.All)}",
        };
        reason.CompletionSources.Add([.. WaitReasons.All]);
        var attempt = new Option<string?>("--attempt") { Description = "Only those that wait for such an attempt: first or retry" };
        attempt.CompletionSources.Add("first", "retry");
        var from = new Option<string?>("--from") { Description = "Due then or later, such as 2026-01-31T08:00:00Z" };
        var to = new Option<string?>("--to") { Description = "Due before, such as 2026-01-31T09:00:00Z" };
        var onTheRoad = new Option<bool?>("--on-the-road")
        {
            Description = "Only those whose message was sent and has not come back, such as --on-the-road; "
                + "--on-the-road false: only the others",
        };
        var unreadable = new Option<bool?>("--unreadable")
        {
            Description = "Only those that this version cannot read, such as --unreadable; --unreadable false: only the others",
        };
        var limit = new Option<int?>("--limit") { Description = "The most webhooks, up to 500, such as 20; default: 50" };
        var merchants = new Option<int?>("--limit") { Description = "The most merchants, up to 1,000, such as 20; default: 50" };
        var cursor = new Option<string?>("--cursor")
        {
            Description = "The next page: what --json gave as cursor, such as 2026-01-31T08:00:00.0000000Z_…",
        };
        return new Command("waiting", "Webhooks that wait for their next attempt")
        {
            Command("list", "What waits, the soonest first", async (api, printer, arguments, stop) =>
            {
                var answer = await api.GetAsync(
                    ApiClient.PathOf(
                        "/api/waiting",
                        ("merchant_id", arguments.GetValue(merchant)), ("event", arguments.GetValue(@event)),
                        ("reason", arguments.GetValue(reason)), ("attempt", arguments.GetValue(attempt)),
                        ("from", arguments.GetValue(from)), ("to", arguments.GetValue(to)),
                        ("on_the_road", arguments.GetValue(onTheRoad)?.ToString()),
                        ("unreadable", arguments.GetValue(unreadable)?.ToString()),
                        ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)),
                        ("cursor", arguments.GetValue(cursor))),
                    stop);
                printer.Print(answer, Rows(answer?["waiting"]), WaitingColumns);
            }, merchant, @event, reason, attempt, from, to, onTheRoad, unreadable, limit, cursor),
            Command("merchants", "What waits by merchant, and who is left alone for a while", async (api, printer, arguments, stop) =>
            {
                var answer = await api.GetAsync(
                    ApiClient.PathOf(
                        "/api/waiting/merchants",
                        ("merchant_id", arguments.GetValue(merchant)),
                        ("limit", arguments.GetValue(merchants)?.ToString(CultureInfo.InvariantCulture))),
                    stop);
                printer.Print(answer, Rows(answer?["merchants"]), WaitingMerchantColumns);
            }, merchant, merchants),
            ReleaseCommand(merchant, @event, reason),
            CancelCommand(merchant, @event, reason),
        };
    }

    private Command ReleaseCommand(Option<string?> merchant, Option<string?> @event, Option<string?> reason)
    {
        var (id, all) = (DeliveryArgument(), AllOption("All that waits, where nothing else says what is meant"));
        return Command("release", "Make due now what matches, and end the hold of its merchants", async (api, printer, arguments, stop) =>
        {
            JsonObject Body(bool isDryRun) => FilterBody(arguments, id, merchant, @event, reason, all, isDryRun);
            var count = (await api.PostAsync("/api/waiting/release", Body(isDryRun: true), stop))!;
            Ask(
                printer,
                arguments,
                $"Release {count["count"]} webhooks now? {count["on_the_road"]} more are on the road already.{OfDisabled(count)}");
            var answer = await api.PostAsync("/api/waiting/release", Body(isDryRun: false), stop);
            printer.Say(
                answer,
                $"{answer?["released"]} webhooks are due now, {answer?["on_the_road"]} were on the road already. "
                + $"Holds ended: {answer?["holds_ended"]}.{OfDisabled(answer)}");
        }, id, merchant, @event, reason, all, _yes);
    }

    private Command CancelCommand(Option<string?> merchant, Option<string?> @event, Option<string?> reason)
    {
        var (id, all) = (DeliveryArgument(), AllOption("All that waits, where nothing else says what is meant"));
        return Command("cancel", "Cancel what matches; redeliver and recover send it again", async (api, printer, arguments, stop) =>
        {
            JsonObject Body(bool isDryRun) => FilterBody(arguments, id, merchant, @event, reason, all, isDryRun);
            var count = (await api.PostAsync("/api/waiting/cancel", Body(isDryRun: true), stop))!;
            Ask(printer, arguments, $"Cancel {count["count"]} webhooks? {count["on_the_road"]} more are on the road and stay.");
            var (cancelled, onTheRoad) = (0, 0);
            await WithProgressAsync(printer, "Cancelling", count["count"]!.GetValue<int>(), async show =>
            {
                JsonNode answer;
                do
                {
                    answer = (await api.PostAsync("/api/waiting/cancel", Body(isDryRun: false), stop))!;
                    cancelled += answer["cancelled"]!.GetValue<int>();
                    onTheRoad = answer["on_the_road"]!.GetValue<int>();
                    show(answer["cancelled"]!.GetValue<int>());
                }
                while (answer["has_more"]!.GetValue<bool>());
            });
            printer.Say(
                new JsonObject { ["cancelled"] = cancelled, ["on_the_road"] = onTheRoad },
                $"{cancelled} webhooks are cancelled, {onTheRoad} are on the road and stay.");
        }, id, merchant, @event, reason, all, _yes);
    }

    private static Argument<string?> DeliveryArgument() =>
        new("ID")
        {
            Description = "One webhook by its delivery id, such as 01a2098c-fb14-780f-b592-1094d1f7e003; without it, all that match",
            Arity = ArgumentArity.ZeroOrOne,
        };

    private static Option<bool> AllOption(string description) => new("--all") { Description = description };

    private static JsonObject FilterBody(
        ParseResult arguments,
        Argument<string?> id,
        Option<string?> merchant,
        Option<string?> @event,
        Option<string?> reason,
        Option<bool> all,
        bool isDryRun) => new()
        {
            ["delivery_id"] = arguments.GetValue(id),
            ["merchant_id"] = arguments.GetValue(merchant),
            ["event"] = arguments.GetValue(@event),
            ["reason"] = arguments.GetValue(reason),
            ["all"] = arguments.GetValue(all),
            ["dry_run"] = isDryRun,
        };

    private static string OfDisabled(JsonNode? answer) =>
        answer?["held_by_disabled"]?.GetValue<int>() is > 0 and var count ? $" {count} stay, because their endpoint is disabled." : "";
}
