using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands that send webhooks again, and those for the endpoints of merchants.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] EndpointColumns =
    [
        new("merchant", "merchant_id"), new("state", "state"), new("reason", "reason"), new("since", "since"),
        new("failing since", "failing_since"), new("held until", "held_until"), new("held by", "hold_reason"),
    ];

    private Command RedeliverCommand()
    {
        var id = new Argument<string>("ID") { Description = "The webhook's delivery id, such as 01a2098c-fb14-780f-b592-1094d1f7e003" };
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Whose, such as 01a2098c-fb14-780f-b592-1094d1f7e003, where several merchants have a webhook under this id",
        };
        return Command("redeliver", "Send one webhook again under the same webhook-id", async (api, printer, arguments, stop) =>
        {
            var path = $"/api/webhooks/{Uri.EscapeDataString(arguments.GetValue(id)!)}/redeliver";
            SayPublished(printer, await api.PostAsync(ApiClient.PathOf(path, ("merchant_id", arguments.GetValue(merchant))), null, stop));
        }, id, merchant);
    }

    private Command RecoverCommand()
    {
        var merchant = new Option<string?>("--merchant") { Description = "Whose, such as 01a2098c-fb14-780f-b592-1094d1f7e003" };
        var @event = new Option<string?>("--event") { Description = "Only of this event, such as payment.completed" };
        var from = new Option<string?>("--from") { Description = "The last attempt began then or later, such as 2026-01-31T08:00:00Z" };
        var to = new Option<string?>("--to") { Description = "The last attempt began before, such as 2026-01-31T09:00:00Z; default: now" };
        var states = new Option<string[]>("--state")
        {
            Description = "dead, skipped or both, such as --state dead; default: both",
            AllowMultipleArgumentsPerToken = true,
        };
        states.CompletionSources.Add("dead", "skipped");
        var rate = RateOption("50");
        var recover = Command(
            "recover",
            "Send a merchant's failed and skipped webhooks of a time window again",
            async (api, printer, arguments, stop) =>
            {
                JsonObject Body(bool isDryRun) => new()
                {
                    ["merchant_id"] = arguments.GetValue(merchant),
                    ["event"] = arguments.GetValue(@event),
                    ["from"] = arguments.GetValue(from),
                    ["to"] = arguments.GetValue(to),
                    ["states"] = arguments.GetValue(states) is { Length: > 0 } given
                        ? new JsonArray([.. given.Select(state => (JsonNode)state)])
                        : null,
                    ["rate_per_second"] = arguments.GetValue(rate),
                    ["dry_run"] = isDryRun,
                };
                Require(arguments, merchant, "whose webhooks are sent again, such as --merchant 01a2098c-fb14-780f-b592-1094d1f7e003");
                Require(arguments, from, "where the time window begins, such as --from 2026-01-31T08:00:00Z");
                var count = (await api.PostAsync("/api/webhooks/recover", Body(isDryRun: true), stop))!["count"]!.GetValue<int>();
                Ask(printer, arguments, $"Send {count} webhooks again?");
                var recovery = await api.PostAsync("/api/webhooks/recover", Body(isDryRun: false), stop);
                await PrintBulkAsync(api, printer, arguments, recovery!, stop);
            },
            merchant, @event, from, to, states, rate, _detach, _yes);
        recover.Subcommands.Add(RecoverLostCommand());
        return recover;
    }

    private Command RecoverLostCommand()
    {
        var before = new Option<string?>("--before")
        {
            Description = "When RabbitMQ lost its messages, such as 2026-01-31T08:00:00Z: they were published or sent before",
        };
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Only this merchant's, such as 01a2098c-fb14-780f-b592-1094d1f7e003; default: all",
        };
        return Command("lost", "Send again what RabbitMQ has lost", async (api, printer, arguments, stop) =>
        {
            JsonObject Body(bool isDryRun, string? cursor) => new()
            {
                ["before"] = arguments.GetValue(before),
                ["merchant_id"] = arguments.GetValue(merchant),
                ["cursor"] = cursor,
                ["limit"] = 200,
                ["dry_run"] = isDryRun,
            };
            Require(arguments, before, "when RabbitMQ lost its messages, such as --before 2026-01-31T08:00:00Z");
            var count = (await api.PostAsync("/api/webhooks/recover/lost", Body(isDryRun: true, null), stop))!["count"]!.GetValue<int>();
            Ask(printer, arguments, $"Send {count} webhooks again of which no attempt came back?");
            var (released, sent, unknown) = (0, 0, new JsonArray());
            await WithProgressAsync(printer, "Sending", count, async show =>
            {
                string? cursor = null;
                do
                {
                    var answer = (await api.PostAsync("/api/webhooks/recover/lost", Body(isDryRun: false, cursor), stop))!;
                    var missing = answer["unknown"]!.AsArray();
                    (released, sent) = (released + answer["released"]!.GetValue<int>(), sent + answer["sent"]!.GetValue<int>());
                    show(answer["released"]!.GetValue<int>() + answer["sent"]!.GetValue<int>() + missing.Count);
                    foreach (var id in missing)
                    {
                        unknown.Add(id!.DeepClone());
                    }

                    cursor = answer["cursor"]?.ToString();
                }
                while (cursor is not null);
            });
            var rest = unknown.Count == 0
                ? ""
                : $"\n{unknown.Count} must be published again, under the same delivery_id, "
                    + $"by those who know what they say:\n{string.Join('\n', unknown)}";
            printer.Say(new JsonObject { ["released"] = released, ["sent"] = sent, ["unknown"] = unknown },
                $"{sent} webhooks were sent again, {released} follow out of the waiting room.{rest}");
        }, before, merchant, _yes);
    }

    private Command EndpointsCommand()
    {
        var merchant = new Argument<string>("MERCHANT") { Description = "The merchant's id, such as 01a2098c-fb14-780f-b592-1094d1f7e003" };
        Command Change(string change, string description) => Command(change, description, async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync(
                $"/api/webhooks/endpoints/{Uri.EscapeDataString(arguments.GetValue(merchant)!)}/{change}",
                null,
                stop);
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
}
