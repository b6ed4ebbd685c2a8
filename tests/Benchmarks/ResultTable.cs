using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>Results as a Markdown table: one row for each peer and setting, with the medians of its runs.</summary>
internal static class ResultTable
{
    public static string ToMarkdown(IReadOnlyList<Result> results)
    {
        var starts = results.Where(r => r.ReadyMilliseconds > 0).ToArray();
        var rates = results.Except(starts).ToArray();
        var waiting = rates.Select(r => r.Waiting).OfType<WaitingFigures>().ToArray();
        return string.Join('\n', new[]
        {
            rates.Length > 0 ? ToRates(rates) : null,
            waiting.Length > 0 ? ToWaiting(waiting) : null,
            starts.Length > 0 ? ToStarts(starts) : null,
        }.OfType<string>());
    }

    private static string ToWaiting(WaitingFigures[] runs)
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"| {Middle(r => r.Entries):N0} entries, runs: {runs.Length} | before | after |");
        table.AppendLine("|---|--:|--:|");
        table.AppendLine(
            CultureInfo.InvariantCulture,
            $"| in and out a second | | {Middle(r => r.InPerSecond):N0} and {Middle(r => r.OutPerSecond):N0} |");
        foreach (var name in runs[0].SizesAfter.Select(size => size.Table))
        {
            Row($"{name}, MB", size => size.Megabytes, "N0");
            Row($"{name}, times its live rows", size => size.LiveMegabytes == 0 ? 0 : size.Megabytes / size.LiveMegabytes, "0.00");
            Row($"{name}, indexes, MB", size => size.IndexMegabytes, "N0");
            Row($"{name}, dead rows", size => size.DeadRows, "N0");

            void Row(string figure, Func<TableSize, double> value, string format) =>
                Line(figure, Middle(r => value(Of(r.SizesBefore))), Middle(r => value(Of(r.SizesAfter))), format);

            TableSize Of(IReadOnlyList<TableSize> sizes) => sizes.First(size => size.Table == name);
        }

        foreach (var process in runs[0].MegabytesAfter.Keys)
        {
            Line($"memory of {process}, MB", Middle(r => r.MegabytesBefore[process]), Middle(r => r.MegabytesAfter[process]), "N0");
        }

        return table.ToString();

        double Middle(Func<WaitingFigures, double> value) => Median([.. runs.Select(value)]);

        void Line(string figure, double before, double after, string format) =>
            table.AppendLine($"| {figure} | {Shown(before, format)} | {Shown(after, format)} |");
    }

    private static string ToStarts(IReadOnlyList<Result> results)
    {
        var table = new StringBuilder();
        table.AppendLine("| published | ready ms (fastest–slowest) | first delivery ms (fastest–slowest) | CPU-s until then | idle MB | of it no mapped file | runs |");
        table.AppendLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var runs in results.GroupBy(r => r.Peer))
        {
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {runs.Key} | {Range(r => r.ReadyMilliseconds)} | {Range(r => r.FirstDeliveryMilliseconds)} | {Middle(r => r.CpuSeconds):0.00} | {Middle(r => r.IdleMegabytes):0} | {Middle(r => r.IdlePrivateMegabytes):0} | {runs.Count()} |");

            double Middle(Func<Result, double> value) => Median([.. runs.Select(value)]);

            string Range(Func<Result, double> value) => string.Create(CultureInfo.InvariantCulture, $"{Middle(value):N0} ({runs.Min(value):N0}–{runs.Max(value):N0})");
        }

        return table.ToString();
    }

    private static string ToRates(IReadOnlyList<Result> results)
    {
        var table = new StringBuilder();
        table.AppendLine("| who | merchant | at once | per second (slowest–fastest) | its CPU-s per 1,000 | servers' CPU-s per 1,000 | peak MB | p50 / p99 ms | failed | repeated | runs |");
        table.AppendLine("|---|---|--:|--:|--:|---|--:|--:|--:|--:|--:|");
        foreach (var runs in results.GroupBy(r => (r.Peer, r.Merchant, r.Concurrency)))
        {
            var rates = runs.Select(r => r.Count / r.Seconds).ToArray();
            var servers = runs.SelectMany(r => r.ServerCpuSeconds.Keys).Distinct()
                .Select(server => $"{server} {PerThousand(runs, r => r.ServerCpuSeconds.GetValueOrDefault(server))}");
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {runs.Key.Peer} | {runs.Key.Merchant} | {runs.Key.Concurrency} | {Median(rates):N0} ({rates.Min():N0}–{rates.Max():N0}) | {PerThousand(runs, r => r.CpuSeconds)} | {string.Join(", ", servers)} | {Shown(Median([.. runs.Select(r => r.PeakMegabytes)]), "0")} | {Latency(runs)} | {runs.Sum(r => r.Failed)} | {runs.Sum(r => r.Repeated)} | {rates.Length} |");
        }

        return table.ToString();
    }

    private static string Shown(double value, string format) => value == 0 ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string Latency(IEnumerable<Result> runs)
    {
        var median = Median([.. runs.Select(r => r.MedianMilliseconds)]);
        var p99 = Median([.. runs.Select(r => r.P99Milliseconds)]);
        return p99 == 0 ? "" : $"{Shown(median, "0.0")} / {Shown(p99, "0.0")}";
    }

    private static string PerThousand(IEnumerable<Result> runs, Func<Result, double> cpuSeconds) =>
        Median([.. runs.Select(r => cpuSeconds(r) / r.Count * 1000)]).ToString("0.000", CultureInfo.InvariantCulture);

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
