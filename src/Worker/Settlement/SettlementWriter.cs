using System.Data;
using System.Globalization;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Settlement;
using Gateway.Worker.Bus;
using Gateway.Worker.Calendar;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>Writes settlement reports: the first of a day, and a new generation when the day's figures have changed since.</summary>
public sealed class SettlementWriter(
    IDbContextFactory<GatewayDbContext> database, BusinessTime businessTime, SettlementOptions options, TimeProvider time)
{
    private const string LockName = "settlement_reports";
    private const int ChartDays = 7;

    private static readonly DateTime LastYear = new(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>
    /// The days that a report of a day settles: of the last day that is over, those before it too, as far as the look-back reaches.
    /// </summary>
    /// <exception cref="ReportRefusedException">The day cannot be settled.</exception>
    public async Task<SettlementSpan> FindSpanAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var yesterday = businessTime.Yesterday(time.GetUtcNow());
        if (date > yesterday)
        {
            throw new ReportRefusedException(
                "day_not_over", $"The business day {date:yyyy-MM-dd} is not over yet; the last one that is: {yesterday:yyyy-MM-dd}");
        }

        await using var db = await database.CreateDbContextAsync(cancellationToken);
        // A time that is infinite or before 1970 is a fault of who wrote it, and no first day.
        var first = await db.Payments.Where(p => p.CreatedAt >= DateTime.UnixEpoch && p.CreatedAt < LastYear)
            .OrderBy(p => p.CreatedAt).Select(p => (DateTime?)p.CreatedAt).FirstOrDefaultAsync(cancellationToken);
        DateOnly? firstDay = first is { } instant ? businessTime.DateOf(instant) : null;
        // A day that was reported can be corrected, even if its payments were the first and are deleted.
        if (date < firstDay && !await db.SettlementReports.AnyAsync(r => r.Date == date, cancellationToken))
        {
            throw new ReportRefusedException(
                "before_first_payment", $"There is nothing to report for {date:yyyy-MM-dd}: the first payment is of {firstDay:yyyy-MM-dd}");
        }

        if (date < BusinessTime.FirstDay)
        {
            throw new ReportRefusedException(
                "invalid",
                $"{date:yyyy-MM-dd} is not a day to report: give one from {BusinessTime.FirstDay:yyyy-MM-dd} to {yesterday:yyyy-MM-dd}");
        }

        return new SettlementSpan(date == yesterday ? date.AddDays(1 - options.LookbackDays) : date, date, firstDay ?? date);
    }

    /// <summary>
    /// How many payments were due in those days and have not been expired. Their days' figures change once they are.
    /// </summary>
    public async Task<int> CountUnexpiredAsync(SettlementSpan span, CancellationToken cancellationToken)
    {
        var (begin, end) = (businessTime.DayOf(span.From).From, businessTime.DayOf(span.To).To);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await db.Payments.CountAsync(
            p => (p.Status == PaymentStatus.Created || p.Status == PaymentStatus.Pending) && p.ExpiresAt >= begin && p.ExpiresAt < end,
            cancellationToken);
    }

    /// <summary>Settles one day, and looks at no other.</summary>
    /// <exception cref="ReportRefusedException">The day cannot be settled.</exception>
    public async Task<SettlementRun> WriteAsync(DateOnly date, CancellationToken cancellationToken) =>
        await WriteAsync(await FindSpanAsync(date, cancellationToken) with { From = date }, jobId: null, cancellationToken);

    /// <summary>
    /// Reads the figures of the days, all as they are at one moment, and writes a new generation for each whose figures are not those of
    /// its report, with <see cref="SettlementReportGenerated"/> in the outbox. Several who do so at once take turns.
    /// </summary>
    /// <param name="span">The days.</param>
    /// <param name="jobId">The job that does so, for <see cref="FindWrittenAsync"/>.</param>
    /// <param name="cancellationToken">Ends it; nothing is written then.</param>
    /// <exception cref="ReportRefusedException">A report in the span or next to it was written for another time zone.</exception>
    public async Task<SettlementRun> WriteAsync(SettlementSpan span, Guid? jobId, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        // The snapshot of REPEATABLE READ is that of its first statement, also of one that waits for a lock, and would not see what the one
        // before has written. So another transaction has the lock. On SQLite the transaction itself is one.
        await using var turn = db.Database.IsNpgsql() ? await DatabaseLock.TakeAsync(database, LockName, cancellationToken) : null;
        await using var snapshot = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        var kept = await ReadKeptAsync(db, span, cancellationToken);
        ThrowIfZoneChanged(kept.Values.Where(report => report.Date >= span.From.AddDays(-1)));
        var written = new List<SettlementReport>();
        var (reports, leftOut) = await ReadFiguresAsync(db, span, now, cancellationToken);
        foreach (var report in reports)
        {
            var before = kept.GetValueOrDefault(report.Date);
            var correction = before is null ? null : SettlementCorrection.Between(before, report);
            var isMissing = before is null && (report.Date == span.To || report.Date >= span.MissingFrom);
            if (isMissing || correction is not null)
            {
                var next = report with { Generation = (before?.Generation ?? 0) + 1, Correction = correction };
                var complete = await CompleteAsync(db, next, kept, cancellationToken);
                written.Add(complete);
                // The charts of the days after it show it.
                kept[report.Date] = complete;
            }
        }

        var correctionMail = written.Find(report => report.Correction is not null) is { } oldest
            ? string.Create(CultureInfo.InvariantCulture, $"settlement-correction-{oldest.Date:yyyy-MM-dd}-{oldest.Generation}")
            : null;
        foreach (var report in written)
        {
            Keep(db, report, report.Correction is null ? null : correctionMail, jobId);
        }

        await db.SaveChangesAsync(cancellationToken);
        await snapshot.CommitAsync(cancellationToken);
        await KeepCheckAsync(db, span, now, jobId, cancellationToken);
        return new SettlementRun(kept[span.To], written, leftOut);
    }

    /// <summary>The report of a day that a job has settled, so that another attempt of it has only mails to send; else null.</summary>
    public async Task<SettlementReport?> FindWrittenAsync(DateOnly date, Guid jobId, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var row = await db.SettlementReports.Where(r => r.Date == date && r.CheckedBy == jobId)
            .OrderByDescending(r => r.Generation)
            .Select(r => new { r.Report, r.Generation })
            .FirstOrDefaultAsync(cancellationToken);
        return row is null ? null : KeptReport.Read(row.Report, row.Generation);
    }

    private static void Keep(GatewayDbContext db, SettlementReport report, string? correctionMail, Guid? jobId)
    {
        db.SettlementReports.Add(new StoredSettlementReport
        {
            Date = report.Date,
            Generation = report.Generation,
            Report = KeptReport.Write(report),
            GeneratedAt = report.GeneratedAt,
            CorrectionMail = correctionMail,
            CheckedAt = report.GeneratedAt,
            CheckedBy = jobId,
        });
        db.OutboxMessages.Add(OutboxMessage.Create(
            new SettlementReportGenerated
            {
                Date = report.Date,
                GeneratedAt = report.GeneratedAt,
                Generation = report.Generation,
                IsCorrection = report.Correction is not null,
            },
            NamedUuid.From(string.Create(
                CultureInfo.InvariantCulture, $"settlement {report.Date:yyyy-MM-dd} {report.Generation}")),
            "settlement",
            mustArrive: false,
            report.GeneratedAt));
    }

    // Apart from what the reports say, and after it: somebody may keep at the same time that a report is mailed.
    private static Task<int> KeepCheckAsync(
        GatewayDbContext db, SettlementSpan span, DateTime now, Guid? jobId, CancellationToken cancellationToken) =>
        KeptReport.Newest(db, span.From, span.To).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.CheckedAt, now).SetProperty(r => r.CheckedBy, jobId), cancellationToken);

    // With those before them that their charts show, and the one after them.
    private static async Task<Dictionary<DateOnly, SettlementReport>> ReadKeptAsync(
        GatewayDbContext db, SettlementSpan span, CancellationToken cancellationToken)
    {
        var from = span.From.AddDays(-Math.Min(ChartDays - 1, span.From.DayNumber));
        var kept = new Dictionary<DateOnly, SettlementReport>();
        await foreach (var row in KeptReport.Newest(db, from, span.To.AddDays(1)).Select(r => new { r.Date, r.Report, r.Generation })
            .AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            kept[row.Date] = KeptReport.Read(row.Report, row.Generation);
        }

        return kept;
    }

    // Where the days of two zones meet, hours would count twice or not at all.
    private void ThrowIfZoneChanged(IEnumerable<SettlementReport> reports)
    {
        foreach (var report in reports.OrderBy(report => report.Date))
        {
            var day = businessTime.DayOf(report.Date);
            if ((report.From, report.To) != (day.From, day.To))
            {
                throw new ReportRefusedException("zone_changed", string.Create(
                    CultureInfo.InvariantCulture,
                    $"The report of {report.Date:yyyy-MM-dd} is of {report.From:u} to {report.To:u} ({report.TimeZone}), and with "
                    + $"BUSINESS_TIME_ZONE={businessTime.Zone.Id} that day is {day.From:u} to {day.To:u}: next to it hours would count "
                    + $"twice or not at all. Nothing was written. Set BUSINESS_TIME_ZONE={report.TimeZone} again, or leave a day "
                    + $"without a report where the zones meet"));
            }
        }
    }

    private async Task<(List<SettlementReport> Reports, IReadOnlyList<LeftOut> LeftOut)> ReadFiguresAsync(
        GatewayDbContext db, SettlementSpan span, DateTime now, CancellationToken cancellationToken)
    {
        List<BusinessDay> days = [.. span.Days.Select(businessTime.DayOf)];
        var (figures, leftOut) = db.Database.IsNpgsql()
            ? await FiguresOnPostgres.ReadAsync(db, days, cancellationToken)
            : await FiguresOnSqlite.ReadAsync(db, days, cancellationToken);
        var ids = figures.Keys.Select(key => key.MerchantId).Distinct().ToArray();
        var names = await db.Merchants.IgnoreQueryFilters()
            .Where(m => ids.Contains(m.Id))
            .ToDictionaryAsync(m => m.Id, m => m.BusinessName, cancellationToken);
        var byDay = figures.ToLookup(figure => figure.Key.Date, figure => new MerchantSettlement(
            figure.Key.MerchantId, names.GetValueOrDefault(figure.Key.MerchantId, "?"), figure.Value));
        List<SettlementReport> reports =
        [
            .. days.Select(day => new SettlementReport
            {
                Date = day.Date,
                TimeZone = businessTime.Zone.Id,
                From = day.From,
                To = day.To,
                GeneratedAt = now,
                Totals = byDay[day.Date].Aggregate(SettlementFigures.None, (sum, merchant) => sum + merchant.Figures),
                Merchants = [.. SettlementReport.InOrder(byDay[day.Date])],
                LeftOut = [.. leftOut.Where(rows => rows.Date is null || rows.Date == day.Date)],
                Wallets = [],
                RecentDays = [],
            }),
        ];
        return (reports, leftOut);
    }

    // What only a report that is written needs.
    private async Task<SettlementReport> CompleteAsync(
        GatewayDbContext db,
        SettlementReport report,
        Dictionary<DateOnly, SettlementReport> kept,
        CancellationToken cancellationToken) => report with
        {
            Wallets = await ReadWalletsAsync(db, businessTime.DayOf(report.Date), cancellationToken),
            RecentDays =
            [
                .. Enumerable.Range(1 - ChartDays, ChartDays - 1).Where(ago => report.Date.DayNumber + ago >= 0).Select(report.Date.AddDays)
                    .Select(day => new RecentDay(day, kept.GetValueOrDefault(day)?.Totals.PaymentsCompleted.AmountVnd)),
                new RecentDay(report.Date, report.Totals.PaymentsCompleted.AmountVnd),
            ],
        };

    private static async Task<List<WalletAtDayEnd>> ReadWalletsAsync(
        GatewayDbContext db, BusinessDay day, CancellationToken cancellationToken)
    {
        var wallets = await db.WalletBalanceSnapshots.Select(s => new { s.Chain, s.Network, s.WalletAddress }).Distinct()
            .OrderBy(w => w.Chain).ThenBy(w => w.Network).ThenBy(w => w.WalletAddress).ToListAsync(cancellationToken);
        List<WalletAtDayEnd> last = [];
        foreach (var wallet in wallets)
        {
            last.AddRange(await db.WalletBalanceSnapshots
                .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network
                    && s.WalletAddress == wallet.WalletAddress && s.SnapshotAt < day.To)
                .OrderByDescending(s => s.SnapshotAt)
                .Take(1)
                .Select(s => new WalletAtDayEnd(
                    s.Chain,
                    s.Network,
                    s.WalletAddress,
                    s.NativeBalance,
                    s.NativeCurrency,
                    s.UsdtBalance,
                    s.UsdcBalance,
                    s.TotalUsdValue,
                    s.SnapshotAt))
                .ToListAsync(cancellationToken));
        }

        // What a wallet held days before says nothing of this one.
        return
        [
            .. last.Select(wallet => wallet.ReadAt >= day.From
                ? wallet
                : wallet with { NativeBalance = null, Usdt = null, Usdc = null, TotalUsd = null }),
        ];
    }
}
