using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>What goes and what stays, the same on every database.</summary>
public abstract class When_old_jobs_are_removed(TestDatabase database)
{
    private static readonly DateTime Now = Rows.Noon;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_remove_what_is_old_by_its_latest_run_and_the_job_as_a_whole()
    {
        var oldSuccess = Job((40, JobState.Retrying), (39, JobState.Succeeded));
        var longRetried = Job((40, JobState.Retrying), (1, JobState.Succeeded));
        var recentSuccess = Job((10, JobState.Succeeded));
        var oldFailure = Job((100, JobState.Retrying), (95, JobState.Dead));
        var recentFailure = Job((80, JobState.Skipped));
        await database.AddAsync([.. oldSuccess, .. longRetried, .. recentSuccess, .. oldFailure, .. recentFailure]);
        await database.AddAsync(Kept(oldFailure[0].JobId, 95), Kept(recentFailure[0].JobId, 80));

        var removed = await Retention.RemoveAsync(Now.AddDays(-30), Now.AddDays(-90), TimeSpan.Zero, TimeProvider.System, Cancellation);

        Assert.True(removed >= 2);
        await using var db = database.CreateContext();
        Guid[] asked = [oldSuccess[0].JobId, longRetried[0].JobId, recentSuccess[0].JobId, oldFailure[0].JobId, recentFailure[0].JobId];
        var left = await db.JobRuns.Where(run => asked.Contains(run.JobId)).GroupBy(run => run.JobId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, Cancellation);
        Assert.Equal(
            new Dictionary<Guid, int> { [longRetried[0].JobId] = 2, [recentSuccess[0].JobId] = 1, [recentFailure[0].JobId] = 1 }.OrderBy(x => x.Key),
            left.OrderBy(x => x.Key));
        Assert.Equal([recentFailure[0].JobId], await db.KeptWebhooks.Where(w => asked.Contains(w.DeliveryId)).Select(w => w.DeliveryId).ToArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Should_keep_the_job_of_another_merchant_under_the_same_id()
    {
        var id = Guid.CreateVersion7();
        await database.AddAsync(Run("ended well"), Run("still dead", JobState.Dead), Run("later", daysAgo: 20));

        await Retention.RemoveAsync(Now.AddDays(-30), Now.AddDays(-90), TimeSpan.Zero, TimeProvider.System, Cancellation);

        await using var db = database.CreateContext();
        Assert.Equal(["later", "still dead"], await db.JobRuns.Where(run => run.JobId == id).Select(run => run.MerchantId).Order().ToListAsync(Cancellation));

        JobRun Run(string merchant, JobState state = JobState.Succeeded, int daysAgo = 40) => new()
        {
            RunId = Guid.CreateVersion7(),
            JobId = id,
            JobType = "webhook:delivery",
            Queue = "webhooks",
            MerchantId = merchant,
            Attempt = 1,
            State = state,
            StartedAt = Now.AddDays(-daysAgo),
            DurationMs = 1,
        };
    }

    [Fact]
    public async Task Should_remove_more_than_one_batch()
    {
        var jobs = Enumerable.Range(0, JobRetention.BatchSize * 2 + 1).SelectMany(_ => Job((200, JobState.Succeeded))).ToArray();
        await database.AddAsync([.. jobs]);

        await Retention.RemoveAsync(Now.AddDays(-199), Now.AddDays(-365), TimeSpan.Zero, TimeProvider.System, Cancellation);

        await using var db = database.CreateContext();
        Assert.False(await db.JobRuns.AnyAsync(run => run.StartedAt < Now.AddDays(-199), Cancellation));
    }

    [Fact]
    public async Task Should_keep_what_a_webhook_said_as_long_as_its_dead_letter_needs_it()
    {
        var (dead, requeueing, requeued, dropped) = (Letter(DeadLetterState.Dead), Letter(DeadLetterState.Requeueing), Letter(DeadLetterState.Requeued), Letter(DeadLetterState.Dropped));
        DeadLetter[] letters = [dead, requeueing, requeued, dropped];
        await database.AddAsync([.. letters, .. letters.Select(letter => Kept(letter.JobId!.Value, 300))]);

        await Retention.RemoveAsync(Now.AddDays(-299), Now.AddDays(-299), TimeSpan.Zero, TimeProvider.System, Cancellation);

        await using var db = database.CreateContext();
        Guid?[] jobs = [.. letters.Select(letter => letter.JobId)];
        Guid?[] left = [.. new[] { dead.JobId, requeueing.JobId }.Order()];
        Assert.Equal(left, (await db.KeptWebhooks.Where(w => jobs.Contains(w.DeliveryId)).Select(w => (Guid?)w.DeliveryId).ToArrayAsync(Cancellation)).Order());
        Assert.Equal(left, (await db.DeadLetters.Where(l => jobs.Contains(l.JobId)).Select(l => l.JobId).ToArrayAsync(Cancellation)).Order());
    }

    private static DeadLetter Letter(DeadLetterState state) => new()
    {
        LetterId = Guid.CreateVersion7(),
        DiedAt = Now.AddDays(-300),
        Queue = "webhooks",
        JobId = Guid.CreateVersion7(),
        Reason = "exhausted",
        State = state,
        ChangedAt = Now.AddDays(-300),
    };

    private JobRetention Retention => database.Get<JobRetention>();

    private static JobRun[] Job(params (int DaysAgo, JobState State)[] runs)
    {
        var jobId = Guid.CreateVersion7();
        return [.. runs.Select((run, index) => new JobRun
        {
            RunId = Guid.CreateVersion7(new DateTimeOffset(Now.AddDays(-run.DaysAgo))),
            JobId = jobId,
            JobType = "webhook:delivery",
            Queue = "webhooks",
            Attempt = index + 1,
            State = run.State,
            StartedAt = Now.AddDays(-run.DaysAgo),
            DurationMs = 1,
        })];
    }

    private static KeptWebhook Kept(Guid jobId, int daysAgo) =>
        new() { DeliveryId = jobId, MerchantId = "m", Event = "e", Payload = "{}", KeptAt = Now.AddDays(-daysAgo) };
}
