using Gateway.Persistence.JobLog;
using Gateway.Worker.Settlement;
using Spectre.Console;

namespace Gateway.Worker.Demo;

/// <summary>Holds what happened against what the demo promised.</summary>
internal static class DemoSummary
{
    /// <summary>Writes a line for each promise; true when all were kept.</summary>
    public static bool Write(
        DemoProgress progress, SampleEndpoint endpoint, int deadLetters, BalanceAlerts alerts, SettlementReport? report)
    {
        var promises = new List<(string Promise, bool IsKept)>();
        foreach (var delivery in progress.Deliveries)
        {
            var runs = progress.RunsOf(progress.IdOf(delivery));
            var requests = endpoint.RequestsOf(progress.IdOf(delivery));
            var (attempts, end, words) = delivery.Merchant.FailuresFirst switch
            {
                0 => (1, JobState.Succeeded, "delivered at the first attempt"),
                int.MaxValue => (6, JobState.Dead, "6 attempts, then a dead letter"),
                var failures => (failures + 1, JobState.Succeeded, $"failed {failures} times, then delivered"),
            };
            promises.Add((
                $"{delivery.Merchant.Name}, {delivery.Message.Event}: {words}",
                runs.Count == attempts && requests == attempts && runs[^1].State == end));
        }

        var dead = progress.Deliveries.Count(d => d.Merchant.FailuresFirst == int.MaxValue);
        promises.Add(($"{dead} dead letter is kept, nothing lost", deadLetters == dead));
        promises.AddRange(progress.Jobs.Select(job => (
            $"{job.Job.Type}: done at the first attempt",
            progress.RunsOf(job.Id) is [{ State: JobState.Succeeded }])));
        promises.Add((
            $"an alert is published for the wallet that holds {SampleChains.SolanaUsdt} USD, less than it should",
            alerts.Last is { Chain: "solana", BalanceUsd: SampleChains.SolanaUsdt }));
        promises.Add((
            $"yesterday's net revenue is {SampleData.NetRevenueVnd:#,##0} VND", report?.Totals.NetRevenueVnd == SampleData.NetRevenueVnd));
        promises.Add(("every request carried a signature that its merchant could verify", endpoint.Unverified == 0));

        AnsiConsole.WriteLine();
        foreach (var (promise, isKept) in promises)
        {
            AnsiConsole.MarkupLine(isKept ? $"[green]yes[/]  {Markup.Escape(promise)}" : $"[red]NO [/]  {Markup.Escape(promise)}");
        }

        return promises.All(p => p.IsKept);
    }
}
