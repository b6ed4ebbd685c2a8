using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Figures;

/// <summary>Adds up counts. It never looks at <c>job_runs</c>, so it takes no longer after a day of a hundred million attempts.</summary>
public sealed class FigureReader(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>The figures of each group that has any, in no order.</summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<IReadOnlyCollection<FigureTotals>> ReadAsync(FigureQuestion question, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var isOfAllMerchants = question is { IsOfMerchants: true, MerchantId: null } && db.Database.IsNpgsql();
        await using var transaction = isOfAllMerchants ? await db.Database.BeginTransactionAsync(cancellationToken) : null;
        if (isOfAllMerchants)
        {
            // With 4 MB the million rows of a week are sorted on the disk to be added up, which takes half as long again.
            await db.Database.ExecuteSqlAsync($"select set_config('work_mem', '64MB', true)", cancellationToken);
        }

        var rows = await Counts(db, question).ToListAsync(cancellationToken);

        Dictionary<string, FigureTotals> totals = [];
        foreach (var row in rows)
        {
            if (!totals.TryGetValue(row.GroupKey, out var total))
            {
                totals[row.GroupKey] = total = new FigureTotals(row.GroupKey);
            }

            Add(total, row);
        }

        return totals.Values;
    }

    /// <summary>Attempts by queue and outcome since a moment.</summary>
    /// <param name="from">UTC; a whole minute of the last week.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyDictionary<(string Queue, JobState Outcome), long>> CountByQueueAsync(
        DateTime from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.JobCounts.Where(count => count.StartsAt >= from)
            .GroupBy(count => new { count.Queue, count.Outcome })
            .Select(group => new { group.Key.Queue, group.Key.Outcome, Count = group.Sum(count => (long)count.Attempts) })
            .ToDictionaryAsync(count => (count.Queue, count.Outcome), count => count.Count, cancellationToken);
    }

    /// <summary>The counts of each group and outcome.</summary>
    internal static IQueryable<CountRow> Counts(GatewayDbContext db, FigureQuestion question)
    {
        List<object> values = [question.From, question.To];
        List<string> conditions = ["starts_at >= {0}", "starts_at < {1}"];
        Narrow("queue", question.Queue);
        Narrow("job_type", question.JobType);
        Narrow("merchant_id", question.MerchantId);
        Narrow("event", question.Event);

        var (table, key, buckets) = (question.IsOfMerchants ? "merchant_counts" : "job_counts", KeyOf(db, question.By), BucketsOf(db));
        var sql =
            $"""
            select {key} as group_key, outcome, sum(attempts) as attempts, sum(retries) as retries, {buckets} as durations
            from {table} where {string.Join(" and ", conditions)}
            group by 1, 2
            """;
        // What strangers say is in the values alone.
        return db.Database.SqlQuery<CountRow>(FormattableStringFactory.Create(sql, [.. values]));

        void Narrow(string column, string? value)
        {
            if (value is not null)
            {
                conditions.Add($"{column} = {{{values.Count}}}");
                values.Add(value);
            }
        }
    }

    private static void Add(FigureTotals total, CountRow row)
    {
        switch ((JobState)row.Outcome)
        {
            case JobState.Succeeded:
                total.Succeeded += row.Attempts;
                break;
            case JobState.Retrying:
                total.Retrying += row.Attempts;
                break;
            case JobState.Dead:
                total.Dead += row.Attempts;
                break;
            default:
                total.Skipped += row.Attempts;
                break;
        }

        total.Retries += row.Retries;
        total.AddDurations(row.Durations.Split(',').Select(count => long.Parse(count, CultureInfo.InvariantCulture)));
    }

    private static string KeyOf(GatewayDbContext db, FigureGroup by) => (by, db.Database.IsSqlite()) switch
    {
        (FigureGroup.Queue, _) => "queue",
        (FigureGroup.Type, _) => "job_type",
        (FigureGroup.Merchant, _) => "merchant_id",
        (FigureGroup.Event, _) => "event",
        (FigureGroup.Minute, true) => "strftime('%Y-%m-%dT%H:%M:00Z', starts_at)",
        (FigureGroup.Hour, true) => "strftime('%Y-%m-%dT%H:00:00Z', starts_at)",
        (FigureGroup.Minute, false) => """to_char(starts_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:00"Z"')""",
        _ => """to_char(starts_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:00:00"Z"')""",
    };

    // One pass over the rows, where an unnest would make nineteen of each.
    private static string BucketsOf(GatewayDbContext db) => string.Join(
        " || ',' || ",
        Enumerable.Range(0, DurationBuckets.Count).Select(bucket => db.Database.IsSqlite()
            ? $"sum(json_extract(durations, '$[{bucket}]'))"
            : $"sum(durations[{bucket + 1}])"));

    internal sealed record CountRow(string GroupKey, short Outcome, long Attempts, long Retries, string Durations);
}
