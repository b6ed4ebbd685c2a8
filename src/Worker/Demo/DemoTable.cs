using System.Globalization;
using Gateway.Persistence.JobLog;
using Spectre.Console;

namespace Gateway.Worker.Demo;

/// <summary>How an attempt looks, in the live table and as a line in a pipe.</summary>
internal static class DemoTable
{
    public static Table Create() =>
        new Table().RoundedBorder().AddColumns("after", "merchant", "event or job", "attempt", "outcome", "took", "then");

    public static string[] Cells(DemoProgress progress, JobRun run)
    {
        var (after, merchant, outcome, took, then) = Describe(progress, run);
        var colour = run.State switch
        {
            JobState.Succeeded => "green",
            JobState.Dead => "red",
            _ => "yellow",
        };
        return
        [
            after,
            Markup.Escape(merchant),
            Markup.Escape(run.Event ?? run.JobType),
            $"{run.Attempt}",
            $"[{colour}]{Markup.Escape(outcome)}[/]",
            took,
            $"[{colour}]{then}[/]",
        ];
    }

    public static string Line(DemoProgress progress, JobRun run)
    {
        var (after, merchant, outcome, took, then) = Describe(progress, run);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{after,7}  {merchant,-15} {run.Event ?? run.JobType,-23} attempt {run.Attempt}  "
            + $"{outcome,-30} {took,7}  {then}");
    }

    private static (string After, string Merchant, string Outcome, string Took, string Then) Describe(
        DemoProgress progress, JobRun run) => (
        // The first ones start while the demo is still publishing.
        string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (run.StartedAt - progress.StartedAt).TotalSeconds):0.0} s"),
        progress.MerchantOf(run)?.Name ?? "",
        run.StatusCode is { } status ? $"HTTP {status}" : run.Reason ?? run.Detail ?? "",
        string.Create(CultureInfo.InvariantCulture, $"{run.DurationMs} ms"),
        run.State switch
        {
            JobState.Succeeded => run.Event is null ? "done" : "delivered",
            JobState.Retrying => "waits for its retry",
            JobState.Dead => "dead letter",
            _ => "skipped",
        });
}
