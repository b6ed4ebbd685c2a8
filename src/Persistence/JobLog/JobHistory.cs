using System.Globalization;
using Gateway.Persistence.Recording;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Gateway.Persistence.JobLog;

/// <summary>Reads what the <see cref="JobRecorder"/> wrote.</summary>
public sealed class JobHistory(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>The queue of almost every row, which is therefore not in the index by queue.</summary>
    internal const string BusiestQueue = "webhooks";

    /// <summary>The queue of later attempts of webhooks.</summary>
    internal const string RetryQueue = "webhooks_retry";

    private const int MostAboutOne = 1_000;

    // With 10,000,000 rows what an index serves takes some milliseconds: docs/decisions/job-log.md. But of 360,000 dead jobs that were all
    // sent again and succeeded none is dead, and to find no page of them takes twenty seconds.
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestLookOfFew = TimeSpan.FromSeconds(5);

    /// <summary>
    /// All runs of a job; none when no such job is known. The last says where it stands: see <see cref="LatestRuns"/>. Where several
    /// merchants have a webhook under this id, those of one after the other.
    /// </summary>
    public async Task<IReadOnlyList<JobRun>> GetAsync(Guid jobId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await RunsOf(db, [jobId]).ToListAsync(cancellationToken);
    }

    /// <summary>All runs of some jobs. Of one job and one merchant they are in order, and the last says where it stands.</summary>
    public async Task<IReadOnlyList<JobRun>> GetAsync(IReadOnlyList<Guid> jobIds, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await RunsOf(db, [.. jobIds]).ToListAsync(cancellationToken);
    }

    /// <summary>The round in which a job is sent again: one more than it has had.</summary>
    public async Task<short> FindNextRoundAsync(Guid jobId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var last = await db.JobRuns.Where(run => run.JobId == jobId).MaxAsync(run => (short?)run.Round, cancellationToken);
        return (short)Math.Min((last ?? 0) + 1, short.MaxValue);
    }

    /// <summary>A page of jobs, the one whose latest run started last first.</summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="after">Where the page starts: <see cref="JobPage.Next"/> of the page before, null for the first.</param>
    /// <param name="limit">The most jobs of the page, from 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<JobPage> ListAsync(JobFilter filter, JobCursor? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000);

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var look = await BeginLookAsync(db, filter, cancellationToken);
        return await ListAsync(db, filter, after, limit, cancellationToken);
    }

    /// <summary>
    /// The same for somebody who waits. Where no index has what the filter asks for, the query is ended after a moment; after some seconds
    /// where one has, or where the filter names a time from which on.
    /// </summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="after">Where the page starts.</param>
    /// <param name="limit">The most jobs of the page, from 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="FilterTooWideException">It took too long.</exception>
    public async Task<JobPage> ListForReaderAsync(JobFilter filter, JobCursor? after, int limit, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var look = await BeginLookAsync(db, filter, cancellationToken);
        var longest = filter.From is null && !filter.IsServedByIndex ? LongestLook : LongestLookOfFew;
        if (look is not null)
        {
            await db.Database.ExecuteSqlAsync(
                $"select set_config('statement_timeout', {longest.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}, true)",
                cancellationToken);
        }

        try
        {
            return await ListAsync(db, filter, after, limit, cancellationToken);
        }
        catch (PostgresException ended) when (ended.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            throw new FilterTooWideException(
                filter.From is null
                    ? "So few of all jobs match that finding them would take too long. Name a time with from, such as the last day, "
                        + "or a merchant or a reference."
                    : "So few of the jobs of that time match that finding them would take too long. Name a shorter time with from and to, "
                        + "or a merchant or a reference.",
                ended);
        }
    }

    /// <summary>How many jobs there are.</summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<int> CountAsync(JobFilter filter, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await (await NarrowAsync(db, filter, cancellationToken)).CountAsync(cancellationToken);
    }

    /// <summary>When the last attempt that succeeded of a rare type of job started, UTC; null when none is known.</summary>
    public async Task<DateTimeOffset?> FindLastSuccessAsync(string jobType, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var startedAt = await db.JobRuns
            // The second condition tells the planner that the small index holds them.
            .Where(run => run.JobType == jobType && run.JobType != WebhookJob.Type && run.State == JobState.Succeeded)
            .OrderByDescending(run => run.StartedAt)
            .Select(run => (DateTime?)run.StartedAt)
            .FirstOrDefaultAsync(cancellationToken);
        return startedAt is { } at ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : null;
    }

    /// <summary>When attempts of a rare type of job failed for a reason, UTC, the oldest first.</summary>
    /// <param name="jobType">The type of the job.</param>
    /// <param name="reason">The word for the reason.</param>
    /// <param name="from">UTC; those that started then or later.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<(DateTime From, DateTime To)>> FindFailuresAsync(
        string jobType, string reason, DateTime from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var failures = await db.JobRuns
            .Where(run => run.JobType == jobType && run.JobType != WebhookJob.Type && run.StartedAt >= from && run.Reason == reason)
            .OrderBy(run => run.StartedAt)
            .Select(run => new { run.StartedAt, run.DurationMs })
            .ToListAsync(cancellationToken);
        // The rest of a millisecond is not recorded.
        return [.. failures.Select(run => (run.StartedAt, run.StartedAt.AddMilliseconds(run.DurationMs + 1)))];
    }

    /// <summary>
    /// Of each job, and of each merchant who has a webhook under its id, the run that says where it stands: that of its highest round;
    /// therein a success, or else the highest attempt; of one attempt the latest run. So it matters neither when a run was recorded nor
    /// what the clocks of two workers say, and a job that is queued, which is attempt 0 of its round, is so until anything else is known of
    /// that round.
    /// </summary>
    public static IQueryable<JobRun> LatestRuns(GatewayDbContext db) => Ranked(db)
        .Where(run => !Ranked(db).Any(later => later.Run.JobId == run.Run.JobId && later.Run.MerchantId == run.Run.MerchantId
            && (later.Rank > run.Rank || (later.Rank == run.Rank && later.Run.RunId > run.Run.RunId))))
        .Select(run => run.Run);

    /// <summary>All runs of some jobs. Of one job and one merchant the last says where it stands, as in <see cref="LatestRuns"/>.</summary>
    internal static IQueryable<JobRun> RunsOf(GatewayDbContext db, Guid?[] jobs) => Ranked(db)
        .Where(run => jobs.Contains(run.Run.JobId))
        .OrderBy(run => run.Run.MerchantId).ThenBy(run => run.Rank).ThenBy(run => run.Run.RunId)
        .Select(run => run.Run);

    // A page is a few rows of an index. Several processes that look for it each read ahead: 850 jobs for a page of 50, in five to fifteen
    // times as long. PostgreSQL has them look because it guesses that hardly a run is its job's last.
    private static async Task<IDbContextTransaction?> BeginLookAsync(
        GatewayDbContext db, JobFilter filter, CancellationToken cancellationToken)
    {
        if (db.Database.IsSqlite())
        {
            return null;
        }

        var look = await db.Database.BeginTransactionAsync(cancellationToken);
        if (filter.IsServedByIndex)
        {
            await db.Database.ExecuteSqlAsync($"select set_config('max_parallel_workers_per_gather', '0', true)", cancellationToken);
        }

        return look;
    }

    private static async Task<JobPage> ListAsync(
        GatewayDbContext db, JobFilter filter, JobCursor? after, int limit, CancellationToken cancellationToken)
    {
        var runs = await NarrowAsync(db, filter, cancellationToken);
        if (after is { StartedAt: var startedAt, RunId: var runId })
        {
            // The first condition alone lets the index start at the right place; the second sorts out equal times.
            runs = runs.Where(run => run.StartedAt <= startedAt && (run.StartedAt < startedAt || run.RunId < runId));
        }

        var jobs = await runs
            .OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.RunId)
            .Take(limit + 1)
            .ToListAsync(cancellationToken);
        if (jobs.Count <= limit)
        {
            return new JobPage { Jobs = jobs, Next = null };
        }

        jobs.RemoveAt(limit);
        return new JobPage { Jobs = jobs, Next = new JobCursor(jobs[^1].StartedAt, jobs[^1].RunId) };
    }

    // One number, so that the planner guesses as it does for one column. If it takes most runs for no job's latest, it reads all of them.
    private static IQueryable<RankedRun> Ranked(GatewayDbContext db) => db.JobRuns.AsNoTracking().Select(run => new RankedRun
    {
        Run = run,
        Rank = ((run.Round * 2) + (run.State == JobState.Succeeded ? 1 : 0)) * 0x1_0000_0000L + run.Attempt,
    });

    private static async Task<IQueryable<JobRun>> NarrowAsync(GatewayDbContext db, JobFilter filter, CancellationToken cancellationToken)
    {
        var runs = Narrow(db, filter);
        if (filter.Reference is not { } reference)
        {
            return runs;
        }

        // First which jobs, from an index that holds no later attempts: in one statement PostgreSQL reads all runs of all jobs.
        var jobs = await db.JobRuns.Where(run => run.Reference == reference && run.Reference != null && run.Attempt <= 1)
            .OrderByDescending(run => run.StartedAt).Take(MostAboutOne).Select(run => run.JobId).Distinct().ToArrayAsync(cancellationToken);
        return runs.Where(run => jobs.Contains(run.JobId) && (run.Reference == null || run.Reference == reference));
    }

    private static IQueryable<JobRun> Narrow(GatewayDbContext db, JobFilter filter)
    {
        var runs = LatestRuns(db);
        if (filter.State is { } state)
        {
            runs = runs.Where(run => run.State == state);

            // Said in so many words, because the planner cannot tell from a parameter that the smaller index holds these.
            if (state != JobState.Succeeded)
            {
                runs = runs.Where(run => run.State != JobState.Succeeded);
            }
        }

        if (filter.IsOutsideWaitingRoom)
        {
            runs = runs.Where(run => !db.WaitingWebhooks.Any(webhook => webhook.DeliveryId == run.JobId));
        }

        if (filter.Queue is { } queue)
        {
            runs = runs.Where(run => run.Queue == queue);
            if (queue != BusiestQueue)
            {
                runs = runs.Where(run => run.Queue != BusiestQueue);
            }
        }

        if (filter.JobType is { } jobType)
        {
            runs = runs.Where(run => run.JobType == jobType);
            if (jobType != WebhookJob.Type)
            {
                runs = runs.Where(run => run.JobType != WebhookJob.Type);
            }
        }

        if (filter.MerchantId is { } merchantId)
        {
            runs = runs.Where(run => run.MerchantId == merchantId);
        }

        if (filter.Event is { } @event)
        {
            runs = runs.Where(run => run.Event == @event);
        }

        if (filter.From is { } from)
        {
            runs = runs.Where(run => run.StartedAt >= from);
        }

        if (filter.To is { } to)
        {
            runs = runs.Where(run => run.StartedAt < to);
        }

        return runs;
    }

    private sealed class RankedRun
    {
        public required JobRun Run { get; init; }

        /// <summary>The higher, the more it says about where its job stands.</summary>
        public required long Rank { get; init; }
    }
}
