using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Settlement;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>Writes settlement reports and finds them again.</summary>
public sealed class SettlementReports(IDbContextFactory<GatewayDbContext> database, BusinessTime businessTime, TimeProvider time)
{
    private const int ChartDays = 7;

    // Longer than an attempt of the job may take.
    private static readonly TimeSpan LongestMailing = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Reads the figures of a day and keeps them, in the place of what was kept for that day. Several who do so at once take turns.
    /// <see cref="SettlementReportGenerated"/> goes to the outbox with it.
    /// </summary>
    public async Task<SettlementReport> WriteAsync(DateOnly date, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await LockAsync(db, date, cancellationToken);
        var report = await ReadFiguresAsync(db, businessTime.DayOf(date), cancellationToken);
        var json = JsonSerializer.Serialize(report);
        var stored = await db.SettlementReports.FindAsync([date], cancellationToken);
        if (stored is null)
        {
            stored = new StoredSettlementReport { Date = date, Report = json, GeneratedAt = report.GeneratedAt, Generation = 1 };
            db.SettlementReports.Add(stored);
        }
        else
        {
            (stored.Report, stored.GeneratedAt, stored.Generation) = (json, report.GeneratedAt, stored.Generation + 1);
        }

        var name = $"settlement {date:yyyy-MM-dd} {stored.Generation}";
        db.OutboxMessages.Add(OutboxMessage.Of(
            new SettlementReportGenerated { Date = date, GeneratedAt = report.GeneratedAt }, NamedUuid.Of(name), "settlement", mustArrive: false, report.GeneratedAt));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }

    /// <summary>The report of a day as it was written last, or null.</summary>
    public async Task<SettlementReport?> FindAsync(DateOnly date, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, date, cancellationToken);
    }

    /// <summary>Why a day cannot be settled, by one word and in a sentence; null when it can.</summary>
    public async Task<(string Reason, string Message)?> FindRefusalAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var yesterday = businessTime.Yesterday(time.GetUtcNow());
        if (date > yesterday)
        {
            return ("day_not_over", $"The business day {date:yyyy-MM-dd} is not over yet; the last one that is: {yesterday:yyyy-MM-dd}");
        }

        return await FindFirstDayAsync(cancellationToken) is { } firstDay && date < firstDay
            ? ("before_first_payment", $"There is nothing to report for {date:yyyy-MM-dd}: the first payment is of {firstDay:yyyy-MM-dd}")
            : null;
    }

    /// <summary>
    /// How many payments were due in so many days up to a date and have not been expired. Their days' figures change once they are.
    /// </summary>
    public async Task<int> CountUnexpiredAsync(DateOnly last, int days, CancellationToken cancellationToken)
    {
        var (begin, end) = (businessTime.DayOf(last.AddDays(1 - days)).From, businessTime.DayOf(last).To);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await db.Payments.CountAsync(
            p => (p.Status == PaymentStatus.Created || p.Status == PaymentStatus.Pending) && p.ExpiresAt >= begin && p.ExpiresAt < end,
            cancellationToken);
    }

    /// <summary>Of so many days up to a date, those that could be settled and have no report, the oldest first.</summary>
    public async Task<IReadOnlyList<DateOnly>> FindMissingAsync(DateOnly last, int days, CancellationToken cancellationToken)
    {
        var firstDay = await FindFirstDayAsync(cancellationToken) ?? DateOnly.MaxValue;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var first = last.AddDays(1 - days);
        var present = await db.SettlementReports.Where(r => r.Date >= first && r.Date <= last).Select(r => r.Date).ToListAsync(cancellationToken);
        return [.. Enumerable.Range(0, days).Select(first.AddDays).Except(present).Where(day => day >= firstDay)];
    }

    /// <summary>Of so many days up to a date, those whose report was never mailed, the oldest first.</summary>
    public async Task<IReadOnlyList<DateOnly>> FindUnmailedAsync(DateOnly last, int days, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var first = last.AddDays(1 - days);
        return await db.SettlementReports.Where(r => r.Date >= first && r.Date <= last && r.MailedAt == null)
            .OrderBy(r => r.Date).Select(r => r.Date).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Has a report mailed, unless it was: <paramref name="send"/> returns when the server has taken it, and that is kept at once. No lock
    /// and no transaction wait for the server: who mails has the report for half an hour. False when it was mailed, or when somebody mails
    /// it.
    /// </summary>
    public async Task<bool> MailOnceAsync(DateOnly date, Func<SettlementReport, Task> send, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        var until = now + LongestMailing;
        var mine = await db.SettlementReports
            .Where(r => r.Date == date && r.MailedAt == null && (r.MailingUntil == null || r.MailingUntil <= now))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.MailingUntil, until), cancellationToken);
        if (mine == 0 || await FindAsync(db, date, cancellationToken) is not { } report)
        {
            return false;
        }

        // Also when the worker is asked to stop: a mail that is out is not forgotten, and one that is not is not held up.
        var mailed = db.SettlementReports.Where(r => r.Date == date);
        try
        {
            await send(report);
        }
        catch
        {
            await mailed.ExecuteUpdateAsync(set => set.SetProperty(r => r.MailingUntil, (DateTime?)null), CancellationToken.None);
            throw;
        }

        var at = time.GetUtcNow().UtcDateTime;
        await mailed.ExecuteUpdateAsync(
            set => set.SetProperty(r => r.MailedAt, at).SetProperty(r => r.MailingUntil, (DateTime?)null), CancellationToken.None);
        return true;
    }

    private static async Task<SettlementReport?> FindAsync(GatewayDbContext db, DateOnly date, CancellationToken cancellationToken) =>
        await db.SettlementReports.Where(r => r.Date == date).Select(r => r.Report).FirstOrDefaultAsync(cancellationToken) is { } json
            ? JsonSerializer.Deserialize<SettlementReport>(json)
            : null;

    private async Task<DateOnly?> FindFirstDayAsync(CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var first = await db.Payments.OrderBy(p => p.CreatedAt).Select(p => (DateTime?)p.CreatedAt).FirstOrDefaultAsync(cancellationToken);
        return first is { } instant ? businessTime.DateOf(instant) : null;
    }

    private static async Task LockAsync(GatewayDbContext db, DateOnly date, CancellationToken cancellationToken)
    {
        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtext('settlement_reports'), {date.DayNumber})", cancellationToken);
        }
    }

    private async Task<SettlementReport> ReadFiguresAsync(GatewayDbContext db, BusinessDay day, CancellationToken cancellationToken)
    {
        var generatedAt = time.GetUtcNow().UtcDateTime;
        var figures = db.Database.IsNpgsql()
            ? await FiguresOnPostgres.ReadAsync(db, day, cancellationToken)
            : await FiguresOnSqlite.ReadAsync(db, day, cancellationToken);
        var names = await db.Merchants.IgnoreQueryFilters()
            .Where(m => figures.Keys.Contains(m.Id))
            .ToDictionaryAsync(m => m.Id, m => m.BusinessName, cancellationToken);
        var totals = figures.Values.Aggregate(SettlementFigures.None, (left, right) => left + right);
        return new SettlementReport
        {
            Date = day.Date,
            TimeZone = businessTime.Zone.Id,
            From = day.From,
            To = day.To,
            GeneratedAt = generatedAt,
            Totals = totals,
            Merchants =
            [
                .. figures.Select(merchant => new MerchantSettlement(merchant.Key, names.GetValueOrDefault(merchant.Key, "?"), merchant.Value))
                    .OrderByDescending(merchant => merchant.Figures.NetRevenueVnd).ThenBy(merchant => merchant.Name, StringComparer.Ordinal).ThenBy(merchant => merchant.MerchantId),
            ],
            Wallets = await ReadWalletsAsync(db, day, cancellationToken),
            RecentDays = await ReadRecentDaysAsync(db, day.Date, totals.PaymentsCompleted.AmountVnd, cancellationToken),
        };
    }

    private static async Task<List<WalletAtDayEnd>> ReadWalletsAsync(GatewayDbContext db, BusinessDay day, CancellationToken cancellationToken)
    {
        var wallets = await db.WalletBalanceSnapshots.Select(s => new { s.Chain, s.Network, s.WalletAddress }).Distinct()
            .OrderBy(w => w.Chain).ThenBy(w => w.Network).ThenBy(w => w.WalletAddress).ToListAsync(cancellationToken);
        List<WalletAtDayEnd> last = [];
        foreach (var wallet in wallets)
        {
            last.AddRange(await db.WalletBalanceSnapshots
                .Where(s => s.Chain == wallet.Chain && s.Network == wallet.Network && s.WalletAddress == wallet.WalletAddress && s.SnapshotAt < day.To)
                .OrderByDescending(s => s.SnapshotAt)
                .Take(1)
                .Select(s => new WalletAtDayEnd(
                    s.Chain, s.Network, s.WalletAddress, s.NativeBalance, s.NativeCurrency, s.UsdtBalance, s.UsdcBalance, s.TotalUsdValue, s.SnapshotAt))
                .ToListAsync(cancellationToken));
        }

        return last;
    }

    private static async Task<List<RecentDay>> ReadRecentDaysAsync(GatewayDbContext db, DateOnly date, decimal completedVnd, CancellationToken cancellationToken)
    {
        List<RecentDay> days = [];
        for (var day = date.AddDays(1 - ChartDays); day < date; day = day.AddDays(1))
        {
            days.Add(new RecentDay(day, (await FindAsync(db, day, cancellationToken))?.Totals.PaymentsCompleted.AmountVnd));
        }

        days.Add(new RecentDay(date, completedVnd));
        return days;
    }
}
