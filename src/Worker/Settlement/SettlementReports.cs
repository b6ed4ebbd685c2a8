using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>Finds settlement reports that were written.</summary>
public sealed class SettlementReports(IDbContextFactory<GatewayDbContext> database)
{
    /// <summary>The report of a day, in one of its generations or, without one, the newest. Null when there is none.</summary>
    public async Task<SettlementReport?> FindAsync(DateOnly date, int? generation, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var row = await db.SettlementReports.Where(r => r.Date == date && (generation == null || r.Generation == generation))
            .OrderByDescending(r => r.Generation)
            .Select(r => new { r.Report, r.Generation })
            .FirstOrDefaultAsync(cancellationToken);
        return row is null ? null : KeptReport.Read(row.Report, row.Generation);
    }

    /// <summary>The generations of a day that are kept, the first one first.</summary>
    public async Task<IReadOnlyList<int>> FindGenerationsAsync(DateOnly date, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await db.SettlementReports.Where(r => r.Date == date)
            .OrderBy(r => r.Generation)
            .Select(r => r.Generation)
            .ToListAsync(cancellationToken);
    }

    /// <summary>What to tell who asks for a report, or a generation of it, that is not there.</summary>
    public async Task<string> DescribeMissingAsync(DateOnly date, int? generation, CancellationToken cancellationToken)
    {
        var generations = await FindGenerationsAsync(date, cancellationToken);
        return generations.Count == 0
            ? $"No report of {date:yyyy-MM-dd} is written. "
                + $$"""POST /api/jobs/settlement-report with {"date":"{{date:yyyy-MM-dd}}"} writes it."""
            : $"There is no generation {generation} of the report of {date:yyyy-MM-dd}; there is {string.Join(", ", generations)}.";
    }

    /// <summary>The newest generations of a period's days, added up, and the days with all their generations.</summary>
    public async Task<SettlementPeriod> ReadPeriodAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var generations = (await db.SettlementReports.Where(r => r.Date >= from && r.Date <= to)
            .OrderBy(r => r.Generation)
            .Select(r => new
            {
                r.Date,
                Generation = new ReportGeneration(r.Generation, r.GeneratedAt, r.CorrectionMail != null, r.MailedAt, r.MailRefused),
            })
            .ToListAsync(cancellationToken)).ToLookup(row => row.Date, row => row.Generation);
        var (totals, merchants, days) = (SettlementFigures.None, new Dictionary<Guid, MerchantSettlement>(), new List<SettlementDay>());
        // One report after the other: a year of them need not be in memory at once.
        await foreach (var row in KeptReport.Newest(db, from, to).OrderBy(r => r.Date).Select(r => new { r.Report, r.Generation })
            .AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var report = KeptReport.Read(row.Report, row.Generation);
            totals += report.Totals;
            days.Add(new SettlementDay(
                report.Date,
                report.Generation,
                report.GeneratedAt,
                report.Totals.NetRevenueVnd,
                report.Totals,
                report.LeftOut.Sum(rows => rows.Count),
                [.. generations[report.Date]]));
            foreach (var merchant in report.Merchants)
            {
                var sum = merchants.GetValueOrDefault(merchant.MerchantId)?.Figures ?? SettlementFigures.None;
                merchants[merchant.MerchantId] = merchant with { Figures = sum + merchant.Figures };
            }
        }

        var reported = days.Select(day => day.Date).ToHashSet();
        return new SettlementPeriod
        {
            From = from,
            To = to,
            Totals = totals,
            Merchants = [.. SettlementReport.InOrder(merchants.Values)],
            Days = days,
            DaysWithoutReport = [.. new SettlementSpan(from, to, from).Days.Where(day => !reported.Contains(day))],
        };
    }
}
