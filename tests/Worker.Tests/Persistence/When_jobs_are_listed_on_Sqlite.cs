using CsCheck;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

public sealed class When_jobs_are_listed_on_Sqlite(SqliteDatabase database) : When_jobs_are_listed(database), IClassFixture<SqliteDatabase>
{
    private readonly SqliteDatabase _database = database;

    [Fact]
    public async Task Should_tell_the_same_of_a_job_in_whatever_order_its_runs_are_recorded()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var run = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 6], Gen.Enum<JobState>(), Gen.Int[0, 3_000]);
        await run.Array[1, 9].SelectMany(runs => Gen.Select(Gen.Const(runs), Gen.Shuffle(Enumerable.Range(0, runs.Length).ToArray()))).SampleAsync(
            async (runs, order) =>
            {
                var (job, merchant) = (Guid.CreateVersion7(), Guid.CreateVersion7().ToString());
                JobRun[] rows = [.. runs.Select(r => Rows.Run(job, Rows.Noon.AddMilliseconds(r.Item4), r.Item3, r.Item2, merchant, (short)r.Item1))];
                await Task.WhenAll(order.Select(place => _database.Get<JobRecorder>().RecordAsync(rows[place], cancellation)));

                var ofRound = rows.Where(row => row.Round == rows.Max(other => other.Round)).ToArray();
                var successes = ofRound.Where(row => row.State == JobState.Succeeded).ToArray();
                var expected = (successes.Length > 0 ? successes : ofRound).MaxBy(row => (row.Attempt, row.RunId))!;
                Assert.Equal(expected.RunId, (await _database.Get<JobHistory>().GetAsync(job, cancellation))[^1].RunId);
                var page = await _database.Get<JobHistory>().ListAsync(new JobFilter { MerchantId = merchant }, null, 50, cancellation);
                Assert.Equal(expected.RunId, Assert.Single(page.Jobs).RunId);
            },
            iter: 100,
            threads: 1);
    }
}
