using Gateway.Persistence;
using Gateway.Worker.Mail;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Settlement;

/// <summary>Keeps which reports are mailed, and lets each mail be sent once.</summary>
public sealed class SettlementMailing(IDbContextFactory<GatewayDbContext> database, TimeProvider time)
{
    private const int LongestReason = 1024;

    // Longer than an attempt of the job may take.
    private static readonly TimeSpan LongestMailing = TimeSpan.FromMinutes(30);

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
    /// and no transaction wait for the server: who mails has the reports for half an hour. False when they were mailed, or when somebody
    /// mails them.
    /// </summary>
    /// <exception cref="MailFailedException">The server did not take it; that it refused it for good is kept.</exception>
    public async Task<bool> MailOnceAsync(
        SettlementMail mail, Func<IReadOnlyList<SettlementReport>, Task> send, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        var until = now + LongestMailing;
        var reports = mail.IsCorrection
            ? db.SettlementReports.Where(r => r.CorrectionMail == mail.Id)
            : db.SettlementReports.Where(r => r.Date == mail.Date && r.CorrectionMail == null);
        var mine = await reports.Where(r => r.MailedAt == null && (r.MailingUntil == null || r.MailingUntil <= now))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.MailingUntil, until), cancellationToken);
        if (mine == 0)
        {
            return false;
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
        return true;
    }

    private static string Shortened(string text) => text.Length <= LongestReason ? text : text[..LongestReason];
}
