using Gateway.Persistence.JobLog;
using Gateway.Worker.Calendar;
using Gateway.Worker.Jobs;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Wallets;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;

namespace Gateway.Worker.Ops.Overview;

/// <summary>Finds what is wrong with wallets, payments and settlement reports.</summary>
public sealed class MoneyTroubles(JobHistory history, SettlementReports reports, BusinessTime businessTime, TimeProvider time)
{
    // Beside the last run there may be some that were just asked for.
    private const int LatestRuns = 5;

    /// <summary>What is wrong now.</summary>
    /// <param name="schedules">The schedules, as they stand.</param>
    /// <param name="wallets">The wallets, as they were read last.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<IReadOnlyList<Trouble>> FindAsync(
        IReadOnlyList<ScheduleResponse> schedules, IReadOnlyList<WalletResponse> wallets, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var expiry = await LastRunAsync(ExpirePaymentsJob.Definition, cancellationToken);
        var settlement = await LastRunAsync(GenerateSettlementReportJob.Definition, cancellationToken);
        var yesterday = businessTime.DayOf(businessTime.Yesterday(now));
        var generations = await reports.FindGenerationsAsync(yesterday.Date, cancellationToken);
        return
        [
            .. TroubleFinder.OfWallets(wallets, now.UtcDateTime),
            .. TroubleFinder.OfExpiry(expiry, now.UtcDateTime),
            .. TroubleFinder.OfLeftOut(settlement),
            .. TroubleFinder.OfReport(
                schedules.FirstOrDefault(schedule => schedule.JobType == GenerateSettlementReportJob.Definition.Type),
                yesterday.Date,
                yesterday.To,
                isWritten: generations.Count > 0,
                now.UtcDateTime),
        ];
    }

    private async Task<JobRun?> LastRunAsync(JobDefinition job, CancellationToken cancellationToken) =>
        (await history.ListAsync(new JobFilter { JobType = job.Type }, after: null, LatestRuns, cancellationToken))
            .Jobs.FirstOrDefault(run => run.State != JobState.Queued);
}
