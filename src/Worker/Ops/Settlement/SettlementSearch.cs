using Gateway.Worker.Configuration;
using Gateway.Worker.Settlement;

namespace Gateway.Worker.Ops.Settlement;

/// <summary>Finds settlement reports.</summary>
public sealed class SettlementSearch(SettlementReports reports, BusinessTime businessTime, TimeProvider time)
{
    private const int MostDays = 366;
    private const int DefaultDays = 30;

    /// <summary>The newest reports of up to 366 business days added up, by merchant too, and each day with its generations.</summary>
    public async Task<Result<SettlementPeriod>> FindPeriodAsync(SettlementPeriodQuery query, CancellationToken cancellationToken)
    {
        var to = query.To ?? businessTime.Yesterday(time.GetUtcNow());
        var from = query.From ?? to.AddDays(1 - Math.Min(DefaultDays, to.DayNumber + 1));
        return from > to || to.DayNumber - from.DayNumber >= MostDays
            ? Refusal.Invalid(
                "Not a period",
                $"from {from:yyyy-MM-dd} to {to:yyyy-MM-dd} is not a period of 1 to {MostDays} days; both days are included.")
            : await reports.ReadPeriodAsync(from, to, cancellationToken);
    }

    /// <summary>The report of a business day.</summary>
    public async Task<Result<SettlementReport>> FindAsync(SettlementReportQuery query, CancellationToken cancellationToken) =>
        await reports.FindAsync(query.Day, query.Generation, cancellationToken) is { } report
            ? report
            : Refusal.NotFound("No report", await reports.DescribeMissingAsync(query.Day, query.Generation, cancellationToken));
}
