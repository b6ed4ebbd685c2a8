using Gateway.Persistence;
using Gateway.Worker.Mail;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>Keeps which reports are mailed, and lets each mail be sent once.</summary>
public sealed class SettlementMailing(IDbContextFactory<GatewayDbContext> database, MailOptions options, TimeProvider time)
{
    private const int LongestReason = 1024;

    // What a mail takes beside the mail server: its reports are read and made a page and a workbook.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>The mails about some days' reports that were never taken by the mail server, the oldest day first.</summary>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day.</param>
    /// <param name="includesRefused">Also those that the mail server refused for good.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<SettlementMail>> FindUnmailedAsync(
        DateOnly from, DateOnly to, bool includesRefused, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var unmailed = await db.SettlementReports
            .Where(r => r.Date >= from && r.Date <= to && r.MailedAt == null && (includesRefused || r.MailRefused == null))
            .OrderBy(r => r.Date).ThenBy(r => r.Generation)
            .Select(r => new { r.Date, r.CorrectionMail })
            .ToListAsync(cancellationToken);
        return [.. unmailed.Select(row => SettlementMail.From(row.Date, row.CorrectionMail)).DistinctBy(mail => mail.Id)];
    }

    /// <summary>
    /// Has a mail sent, unless it was: <paramref name="send"/> returns when the server has taken it, and that is kept at once. No lock
    /// and no transaction wait for the server: who mails has the reports for as long as the server may take, and a minute. The retries of
    /// a job that finds them taken go on for longer, so a mail whose worker died is sent by one of them.
    /// </summary>
    /// <exception cref="MailFailedException">The server did not take it; that it refused it for good is kept.</exception>
    public async Task<MailingOutcome> MailOnceAsync(
        SettlementMail mail, Func<IReadOnlyList<SettlementReport>, Task> send, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        // The database's clock: what a worker whose own is fast has taken must not be its for longer.
        var now = await db.ReadClockAsync(time, cancellationToken);
        var until = now + options.Timeout + Margin;
        var reports = mail.IsCorrection
            ? db.SettlementReports.Where(r => r.CorrectionMail == mail.Id)
            : db.SettlementReports.Where(r => r.Date == mail.Date && r.CorrectionMail == null);
        var mine = await reports.Where(r => r.MailedAt == null && (r.MailingUntil == null || r.MailingUntil <= now))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.MailingUntil, until), cancellationToken);
        if (mine == 0)
        {
            return await reports.AnyAsync(r => r.MailedAt == null, cancellationToken)
                ? MailingOutcome.Claimed
                : MailingOutcome.MailedBefore;
        }

        // Also when the worker is asked to stop: a mail that is out is not forgotten, and one that is not is not held up.
        try
        {
            var rows = await reports.OrderBy(r => r.Date).Select(r => new { r.Report, r.Generation }).ToListAsync(cancellationToken);
            await send([.. rows.Select(row => KeptReport.Read(row.Report, row.Generation))]);
        }
        catch (Exception exception)
        {
            var refusal = exception is MailFailedException { IsForGood: true } ? Shortened(exception.Message) : null;
            await reports.ExecuteUpdateAsync(
                set => set.SetProperty(r => r.MailingUntil, (DateTime?)null).SetProperty(r => r.MailRefused, refusal),
                CancellationToken.None);
            throw;
        }

        var at = time.GetUtcNow().UtcDateTime;
        await reports.ExecuteUpdateAsync(
            set => set.SetProperty(r => r.MailedAt, at)
                .SetProperty(r => r.MailingUntil, (DateTime?)null)
                .SetProperty(r => r.MailRefused, (string?)null),
            CancellationToken.None);
        return MailingOutcome.Mailed;
    }

    private static string Shortened(string text) => text.Length <= LongestReason ? text : text[..LongestReason];
}
