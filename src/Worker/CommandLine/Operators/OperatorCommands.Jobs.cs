using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;
using Spectre.Console;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands for jobs: search, look up, publish.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly string[] States = ["queued", "succeeded", "retrying", "dead", "skipped"];

    private static readonly Column[] JobColumns =
    [
        new("job", "job_id"), new("type", "job_type"), new("state", "state"), new("attempts", "attempts_made"),
        new("merchant", "merchant_id"), new("event", "event"), new("reason", "reason"), new("last at", "last_at"),
        new("reference", "reference"),
    ];

    private Command JobsCommand()
    {
        var state = new Option<string?>("--state") { Description = $"Only jobs in this state, such as dead: {string.Join(", ", States)}" };
        state.CompletionSources.Add(States);
        var queue = QueueOption();
        var type = new Option<string?>("--type") { Description = "Only jobs of this type, such as webhook:delivery" };
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Only this merchant's, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
        };
        var @event = new Option<string?>("--event") { Description = "Only webhooks of this event, such as payment.completed" };
        var reference = new Option<string?>("--reference") { Description = "Only webhooks about this, such as a payment's id or A-17" };
        var from = new Option<string?>("--from") { Description = "The last attempt began then or later, such as 2026-01-31T08:00:00Z" };
        var to = new Option<string?>("--to") { Description = "The last attempt began before, such as 2026-01-31T09:00:00Z" };
        var limit = new Option<int?>("--limit") { Description = "The most jobs, up to 500, such as 20; default: 50" };
        var cursor = new Option<string?>("--cursor")
        {
            Description = "The next page: what --json gave as cursor, such as 2026-01-31T08:00:00.0000000Z_…",
        };
        return Command("jobs", "A page of jobs, the newest first", async (api, printer, arguments, stop) =>
        {
            var answer = await api.GetAsync(
                ApiClient.PathOf(
                    "/api/jobs",
                    ("state", arguments.GetValue(state)), ("queue", arguments.GetValue(queue)),
                    ("type", arguments.GetValue(type)), ("merchant_id", arguments.GetValue(merchant)),
                    ("event", arguments.GetValue(@event)), ("reference", arguments.GetValue(reference)),
                    ("from", arguments.GetValue(from)), ("to", arguments.GetValue(to)),
                    ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)), ("cursor", arguments.GetValue(cursor))),
                stop);
            printer.Print(answer, Rows(answer?["jobs"]), JobColumns);
        }, state, queue, type, merchant, @event, reference, from, to, limit, cursor);
    }

    private Command JobCommand()
    {
        var id = new Argument<string>("ID")
        {
            Description = "The job's id, such as 01a2098c-fb14-780f-b592-1094d1f7e003; of a webhook its delivery id",
        };
        var merchant = new Option<string?>("--merchant")
        {
            Description = "Whose, such as 01a2098c-fb14-780f-b592-1094d1f7e003, where several merchants have a webhook under this id",
        };
        return Command("job", "One job with every attempt", async (api, printer, arguments, stop) =>
        {
            var path = $"/api/jobs/{Uri.EscapeDataString(arguments.GetValue(id)!)}";
            var answer = await api.GetAsync(ApiClient.PathOf(path, ("merchant_id", arguments.GetValue(merchant))), stop);
            if (printer.IsTerminal)
            {
                printer.Print(answer, [answer], JobColumns);
                foreach (var again in Rows(answer?["sent_again"]))
                {
                    printer.Console.Write(new Text($"Sent again at {again?["at"]}: {again?["reason"]}; round {again?["round"]}\n"));
                }

                if (answer?["waiting"] is { } waiting)
                {
                    printer.Console.Write(new Text(SentenceOf(waiting) + "\n"));
                }
            }

            printer.Print(
                answer, Rows(answer?["attempts"]),
                new("round", "round"), new("attempt", "attempt"), new("queue", "queue"), new("state", "state"), new("reason", "reason"),
                new("status", "status_code"), new("started", "started_at"), new("ms", "duration_ms"), new("detail", "detail"));
        }, id, merchant);
    }

    private Command PublishCommand()
    {
        var merchant = new Option<string>("--merchant")
        {
            Description = "Whom it is for, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
            Required = true,
        };
        var @event = new Option<string>("--event") { Description = "What happened, such as payment.completed", Required = true };
        var payload = new Option<string>("--payload")
        {
            Description = "The file with the payload, a JSON object, such as payload.json; - reads standard input",
            Required = true,
        };
        var deliveryId = new Option<Guid?>("--delivery-id")
        {
            Description = "The same id twice delivers once, such as 01a2098c-fb14-780f-b592-1094d1f7e003; default: a new one",
        };
        var publish = new Command("publish", "Publish a job now, beside those that the schedules publish")
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
        };
        foreach (var job in GatewayJobs.All)
        {
            publish.Subcommands.Add(PublishCommand(job));
        }

        return publish;
    }

    private Command PublishCommand(JobDefinition job)
    {
        var path = $"/api/jobs/{job.Verb}";
        if (!job.IsOfDay)
        {
            return Command(
                job.Verb,
                job.Summary,
                async (api, printer, _, stop) => SayPublished(printer, await api.PostAsync(path, null, stop)));
        }

        var date = new Option<string?>("--date") { Description = "The business day, such as 2026-01-31; default: yesterday" };
        return Command(
            job.Verb,
            job.Summary,
            async (api, printer, arguments, stop) => SayPublished(
                printer,
                await api.PostAsync(
                    path, arguments.GetValue(date) is { } day ? new JsonObject { ["date"] = day } : new JsonObject(), stop)),
            date);
    }

    private static string SentenceOf(JsonNode waiting)
    {
        var where = waiting switch
        {
            _ when waiting["unreadable_reason"] is { } reason => $"is set aside: {reason}",
            _ when waiting["on_the_road"]!.GetValue<bool>() => "is on the road",
            _ when waiting["held_until"] is { } until => $"is due at {waiting["due_at"]}, and its merchant is left alone until {until}",
            _ => $"is due at {waiting["due_at"]}",
        };
        return $"Attempt {waiting["attempt"]} {where} (waits since {waiting["since"]}: {waiting["reason"]})";
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
}
