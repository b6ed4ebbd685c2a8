using System.Globalization;
using Gateway.Contracts;
using Gateway.Worker.Configuration;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;

namespace Gateway.Worker.Settlement;

/// <summary>
/// Writes the settlement report of a business day and mails it once. The report of the last day that is over also makes up for the days
/// before it that have none.
/// </summary>
public sealed class GenerateSettlementReportJob(SettlementReports reports, Mailer mailer, BusinessTime businessTime, TimeProvider time)
    : IJob<GenerateSettlementReport>
{
    /// <summary>How many days back a missing report is made up for, the asked-for one included.</summary>
    public const int CatchUpDays = 7;

    // Longer than that, and it is not a matter of which job comes first: the report of a gateway whose payments cannot expire is written
    // all the same.
    private const int AttemptsThatWaitForExpiry = 2;

    /// <inheritdoc />
    public async Task<string> RunAsync(GenerateSettlementReport message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        var yesterday = businessTime.Yesterday(time.GetUtcNow());
        var date = message.Date ?? yesterday;
        if (await reports.FindRefusalAsync(date, cancellationToken) is { } refusal)
        {
            throw new JobFailedException(refusal.Reason, refusal.Message, isFinal: true);
        }

        // After an outage the ticks of the expiry and of the report are made up for at once, and an expired payment counts for the day in
        // which it was due.
        if (attempt.Number <= AttemptsThatWaitForExpiry && !attempt.IsLast
            && await reports.CountUnexpiredAsync(date, CatchUpDays, cancellationToken) is > 0 and var unexpired)
        {
            throw new JobFailedException(
                "expiry_awaited",
                $"The report of {date:yyyy-MM-dd} waits for the expiry of {unexpired} payments that were due by the end of the day");
        }

        List<DateOnly> dates = [date];
        if (date == yesterday)
        {
            dates.InsertRange(0, (await reports.FindMissingAsync(date, CatchUpDays, cancellationToken)).Where(day => day != date));
        }

        // The oldest first, so that the chart of each finds the days before it.
        foreach (var day in dates)
        {
            await reports.WriteAsync(day, cancellationToken);
        }

        // Also those that an earlier attempt could write and not mail.
        var toMail = date == yesterday ? await reports.FindUnmailedAsync(date, CatchUpDays, cancellationToken) : [date];
        var mailed = 0;
        foreach (var day in toMail)
        {
            mailed += await MailAsync(day, cancellationToken) ? 1 : 0;
        }

        return $"written: {string.Join(", ", dates.Select(day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)))}; mails: {mailed}";
    }

    private async Task<bool> MailAsync(DateOnly date, CancellationToken cancellationToken)
    {
        if (!mailer.IsConfigured)
        {
            return false;
        }

        try
        {
            return await reports.MailOnceAsync(date, report => mailer.SendAsync(ToMail(report), cancellationToken), cancellationToken);
        }
        catch (MailFailedException exception)
        {
            throw new JobFailedException("mail_failed", $"The report of {date:yyyy-MM-dd} is written and not mailed: {exception.Message}", exception);
        }
    }

    private static OperatorMail ToMail(SettlementReport report) => new()
    {
        Id = $"settlement-{report.Date:yyyy-MM-dd}",
        Subject = $"Settlement of {report.Date:yyyy-MM-dd}: {ReportText.Vnd(report.Totals.NetRevenueVnd)} net revenue",
        Text = ReportText.Render(report),
        Html = ReportPage.Render(report),
        Attachments =
        [
            new MailAttachment($"settlement-{report.Date:yyyy-MM-dd}.csv", "text/csv; charset=utf-8", ReportCsv.Render(report)),
        ],
    };
}
