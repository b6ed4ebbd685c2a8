using System.CommandLine;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The command for settlement reports: what is written, and what it adds up to.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] ReportColumns =
    [
        new("date", "date"), new("generation", "generation"), new("written", "generated_at"), new("net revenue", "net_revenue_vnd"),
    ];

    private Command ReportsCommand()
    {
        var from = new Option<string?>("--from")
        {
            Description = "The first business day, such as 2026-01-01; default: 30 days up to --to",
        };
        var to = new Option<string?>("--to") { Description = "The last business day, included, such as 2026-01-31; default: yesterday" };
        return Command(
            "reports",
            "The business days that have a settlement report, and what these add up to",
            async (api, printer, arguments, stop) =>
            {
                var answer = await api.GetAsync(
                    ApiClient.PathOf("/api/settlement-reports", ("from", arguments.GetValue(from)), ("to", arguments.GetValue(to))), stop);
                printer.Print(answer, Rows(answer?["days"]), ReportColumns);
                if (printer.IsTerminal)
                {
                    var missing = Rows(answer?["days_without_report"]).Select(day => $"{day}").ToArray();
                    printer.Say(
                        answer,
                        $"Net revenue: {answer?["totals"]?["net_revenue_vnd"]} VND. "
                        + $"Days without a report: {(missing.Length == 0 ? "none" : string.Join(", ", missing))}");
                }
            },
            from,
            to);
    }
}
