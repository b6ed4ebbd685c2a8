using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands for bulk jobs: watch, stop and resume what is done with all that match.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] BulkColumns =
    [
        new("bulk job", "bulk_job_id"), new("kind", "kind"), new("state", "state"), new("done", "done"), new("total", "total"),
        new("per second", "rate_per_second"), new("by", "created_by"), new("since", "created_at"), new("waits for", "waits_for"),
    ];

    private readonly Option<bool> _detach = new("--detach") { Description = "Do not wait until it is done" };

    private Command BulkCommand()
    {
        var id = new Argument<string>("ID")
        {
            Description = "The bulk job by the id that requeue, drop or recover printed, such as 01a2098c-fb14-780f-b592-1094d1f7e003",
        };
        Command Change(string change, string description) => Command(change, description, async (api, printer, arguments, stop) =>
        {
            var answer = await api.PostAsync($"{BulkPath(arguments.GetValue(id))}/{change}", null, stop);
            printer.Print(answer, [answer], BulkColumns);
        }, id);

        return new Command("bulk", "What is being done with all that match: requeues, drops, recoveries")
        {
            Command("list", "The latest, with how far they are", async (api, printer, _, stop) =>
            {
                var answer = await api.GetAsync("/api/bulk-jobs", stop);
                printer.Print(answer, Rows(answer), BulkColumns);
            }),
            Command("watch", "Show how far one is until it ends", async (api, printer, arguments, stop) =>
            {
                var job = (await api.GetAsync(BulkPath(arguments.GetValue(id)), stop))!;
                job = await FollowAsync(api, printer, job, stop);
                printer.Print(job, [job], BulkColumns);
            }, id),
            Change("stop", "Do no more of one; what is done stays so"),
            Change("resume", "Go on with one that was stopped, from where it was"),
        };
    }

    private static Option<int?> RateOption(string otherwise) =>
        new("--rate") { Description = $"How many a second, such as 200; default: {otherwise}" };

    // Who does not wait may look later: bulk watch ID.
    private async Task PrintBulkAsync(
        ApiClient api, Printer printer, ParseResult arguments, JsonNode job, CancellationToken stop)
    {
        if (!arguments.GetValue(_detach))
        {
            job = await FollowAsync(api, printer, job, stop);
        }

        printer.Print(job, [job], BulkColumns);
    }

    private static async Task<JsonNode> FollowAsync(ApiClient api, Printer printer, JsonNode job, CancellationToken stop)
    {
        await WithProgressAsync(printer, job["kind"]?.ToString() ?? "done", job["total"]?.GetValue<int>() ?? 0, async show =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
            for (var done = 0; job["state"]!.ToString() == "running"; done = job["done"]!.GetValue<int>())
            {
                await timer.WaitForNextTickAsync(stop);
                job = (await api.GetAsync(BulkPath(job["bulk_job_id"]!.ToString()), stop))!;
                show(job["done"]!.GetValue<int>() - done);
            }
        });
        return job;
    }

    private static string BulkPath(string? id) => $"/api/bulk-jobs/{Uri.EscapeDataString(id!)}";
}
