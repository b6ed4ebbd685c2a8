using Gateway.Contracts;
using Gateway.Worker.Calendar;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;

namespace Gateway.Worker.Settlement;

/// <summary>
/// Writes the settlement report of a business day and mails it once. The report of the last day that is over also makes up for the days
/// before it that have none, and corrects those whose figures have changed.
/// </summary>
public sealed class GenerateSettlementReportJob(
    SettlementWriter writer,
    SettlementMailing mailing,
    Mailer mailer,
    SettlementOptions options,
    BusinessTime businessTime,
    TimeProvider time,
    ILogger<GenerateSettlementReportJob> logger)
    : IJob<GenerateSettlementReport>
{
    // Longer than that, and it is not a matter of which job comes first: the report of a gateway whose payments cannot expire is written
    // all the same.
    private const int AttemptsThatWaitForExpiry = 2;

    /// <summary>The job: every morning, for the business day before.</summary>
    public static JobDefinition<GenerateSettlementReport> Definition { get; } = new()
    {
        Type = "report:daily_settlement",
        Queue = "reports",
        Weight = 1,
        Timeout = TimeSpan.FromMinutes(10),
        RetryDelays = "30s,2m,8m",
        Schedule = "settlement-report",
        Cron = "0 8 * * *",
        Verb = "settlement-report",
        Summary = "Write the settlement report of a business day; if it is written, a new generation when the figures have changed",
        // The date is the tick's and not the run's: a report that comes late or twice is of the same day.
        AskAt = (time, businessTime) => new GenerateSettlementReport { Date = businessTime.Yesterday(time) },
        AskOf = day => new GenerateSettlementReport { Date = day },
    };

    /// <inheritdoc />
    public async Task<string> RunAsync(GenerateSettlementReport message, JobAttempt attempt, CancellationToken cancellationToken)
    {
        var yesterday = businessTime.Yesterday(time.GetUtcNow());
        var date = message.Date ?? yesterday;
        // An attempt that failed with its mail has settled the days.
        var written = attempt.Number > 1 ? await writer.FindWrittenAsync(date, attempt.JobId, cancellationToken) : null;
        var (result, leftOut) = written is null
            ? await SettleAsync(date, attempt, cancellationToken)
            : ("written by an earlier attempt", written.LeftOut);
        var isDaily = date == yesterday;
        var from = isDaily ? date.AddDays(1 - options.LookbackDays) : date;
        // Also those that an earlier run could write and not mail. What the server refused for good, it gets again when somebody asks for
        // that very day.
        var mails = mailer.IsConfigured ? await mailing.FindUnmailedAsync(from, date, includesRefused: !isDaily, cancellationToken) : [];
        return $"{result}; mails: {await MailAsync(mails, cancellationToken)}{LeftOut.Describe(leftOut)}";
    }

    private async Task<(string Result, IReadOnlyList<LeftOut> LeftOut)> SettleAsync(
        DateOnly date, JobAttempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await SettleOrRefuseAsync(date, attempt, cancellationToken);
        }
        catch (ReportRefusedException refusal)
        {
            throw new JobFailedException(refusal.Reason, refusal.Message, refusal, isFinal: true);
        }
    }

    private async Task<(string Result, IReadOnlyList<LeftOut> LeftOut)> SettleOrRefuseAsync(
        DateOnly date, JobAttempt attempt, CancellationToken cancellationToken)
    {
        var span = await writer.FindSpanAsync(date, cancellationToken);
        // After an outage the ticks of the expiry and of the report are made up for at once, and an expired payment counts for the day in
        // which it was due.
        if (attempt.Number <= AttemptsThatWaitForExpiry && !attempt.IsLast
            && await writer.CountUnexpiredAsync(span, cancellationToken) is > 0 and var unexpired)
        {
            throw new JobFailedException(
                "expiry_awaited",
                $"The report of {date:yyyy-MM-dd} waits for the expiry of {unexpired} payments that were due by the end of the day");
        }

        var run = await writer.WriteAsync(span, attempt.JobId, cancellationToken);
        foreach (var rows in run.LeftOut)
        {
            Log.LeftOut(logger, rows);
        }

        return (run.ToString(), run.LeftOut);
    }

    // One mail that the server refuses does not keep the others from it; a server that does not answer is not asked again for each.
    private async Task<int> MailAsync(IReadOnlyList<SettlementMail> mails, CancellationToken cancellationToken)
    {
        var mailed = 0;
        List<string> claimed = [];
        List<MailFailedException> failures = [];
        foreach (var mail in mails)
        {
            try
            {
                var outcome = await mailing.MailOnceAsync(
                    mail,
                    async reports => await mailer.SendAsync(await ReportMail.OfAsync(mail, reports, cancellationToken), cancellationToken),
                    cancellationToken);
                mailed += outcome == MailingOutcome.Mailed ? 1 : 0;
                if (outcome == MailingOutcome.Claimed)
                {
                    claimed.Add($"{mail.Id}: another run is mailing it, or died with it");
                }
            }
            catch (MailFailedException exception)
            {
                failures.Add(new MailFailedException($"{mail.Id}: {exception.Message}", exception.InnerException!));
                if (!exception.IsRefused)
                {
                    break;
                }
            }
        }

        if (failures.Count == 0 && claimed.Count == 0)
        {
            return mailed;
        }

        // The retry finds what another run has mailed meanwhile, and mails what that one has left.
        var isForGood = claimed.Count == 0 && failures.TrueForAll(failure => failure.IsForGood);
        throw new JobFailedException(
            isForGood ? "mail_refused" : "mail_failed",
            $"The reports are written and not all mailed ({mailed} of {mails.Count} mails). "
            + $"{string.Join("; ", failures.Select(failure => failure.Message).Concat(claimed))}",
            failures.FirstOrDefault(),
            isFinal: isForGood);
    }
}
