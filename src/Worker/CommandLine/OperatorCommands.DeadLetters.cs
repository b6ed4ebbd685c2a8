using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Worker.Bus;

namespace Gateway.Worker.CommandLine;

/// <summary>Dead letters.</summary>
internal sealed partial class OperatorCommands
{
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
}
