using System.Globalization;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Tests.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_attempts_are_recorded(TestServers servers) : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private PostgresRelay _relay = null!;
    private ServiceProvider _services = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private JobRecorder Recorder => _services.GetRequiredService<JobRecorder>();

    public async ValueTask InitializeAsync()
    {
        // The business time zone, so that a time which depends on the session would show.
        _database = await servers.CreateMigratedDatabaseAsync(Cancellation, timeZone: "Asia/Ho_Chi_Minh");
        _relay = new PostgresRelay(servers.Postgres.Host, servers.Postgres.Port);
        var throughRelay = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = "127.0.0.1", Port = _relay.Port };
        _services = new ServiceCollection().AddLogging()
            .AddSingleton(new JobLogOptions { LastRetryDelay = TimeSpan.FromMilliseconds(100) })
            .AddGatewayPostgres(throughRelay.ConnectionString)
            .BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _relay.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Should_have_committed_the_row_when_the_task_completes()
    {
        var run = Rows.Run(Guid.CreateVersion7(), Rows.Noon);

        await Recorder.RecordAsync(run, Cancellation);

        Assert.Equal([run.RunId.ToString()], await _database.QueryAsync("select run_id from job_runs"));
    }

    [Fact]
    public async Task Should_record_what_thousands_hand_in_at_once()
    {
        var runs = Runs(5_000);

        await Task.WhenAll(runs.Select(run => Task.Run(() => Recorder.RecordAsync(run, Cancellation), Cancellation)));

        await AssertEachIsThereOnceAsync(runs);
        Assert.InRange(await CountCommitsAsync(), 1, 1_000);
    }

    [Fact]
    public async Task Should_catch_up_when_the_database_comes_back()
    {
        await Recorder.RecordAsync(Rows.Run(Guid.CreateVersion7(), Rows.Noon), Cancellation);
        await _relay.RefuseAsync();
        var runs = Runs(1_200);

        var recorded = Task.WhenAll(runs.Select(run => Recorder.RecordAsync(run, Cancellation)));
        Assert.False(recorded.IsCompleted);
        _relay.Accept();
        await recorded;

        await AssertEachIsThereOnceAsync(runs);
    }

    // Its machine loses its power, or its network swallows what it sends, between the statements of a commit and the end of it: PostgreSQL
    // hears nothing of that, and what the commit has locked would stay locked until TCP gives up.
    [Fact]
    public async Task Should_wait_half_a_minute_at_most_for_a_worker_that_is_gone_without_a_word()
    {
        var merchant = Guid.CreateVersion7();
        await using var others = new ServiceCollection().AddLogging().AddGatewayPostgres(_database.ConnectionString).BuildServiceProvider();
        var other = others.GetRequiredService<JobRecorder>();
        await other.RecordAsync(Waits(merchant), Cancellation);
        await using var database = NpgsqlDataSource.Create(_database.ConnectionString);
        Task<bool> gone;
        await using (var somebody = await database.OpenConnectionAsync(Cancellation))
        await using (await somebody.BeginTransactionAsync(Cancellation))
        {
            await using (var hold = new NpgsqlCommand("select from waiting_merchants for update", somebody))
            {
                await hold.ExecuteNonQueryAsync(Cancellation);
            }

            gone = Recorder.RecordAsync(Waits(merchant), Cancellation);
            await WaitUntilAsync("wait_event_type = 'Lock'");
            await _relay.FreezeAsync();
        }

        await WaitUntilAsync("state = 'idle in transaction'");

        // Without a limit it would take a quarter of an hour at least.
        await other.RecordAsync(Waits(merchant), Cancellation).WaitAsync(TimeSpan.FromMinutes(2), Cancellation);
        await gone;
        Assert.Equal(["3"], await _database.QueryAsync("select count(*) from waiting_webhooks"));

        Task WaitUntilAsync(string what) => Eventually.Read(
            () => _database.QueryAsync($"select pid from pg_stat_activity where datname = current_database() and {what}"), found => found.Count == 1, what);
    }

    [Fact]
    public async Task Should_survive_that_its_connections_are_killed_again_and_again()
    {
        var runs = Runs(2_000);

        foreach (var some in runs.Chunk(200))
        {
            var recorded = Task.WhenAll(some.Select(run => Recorder.RecordAsync(run, Cancellation)));
            await _database.QueryAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
            await recorded;
        }

        await AssertEachIsThereOnceAsync(runs);
    }

    [Fact]
    public async Task Should_not_write_twice_when_the_answer_to_a_commit_is_lost()
    {
        var runs = Runs(300);
        _relay.LoseNextAnswer("COPY ");

        await Task.WhenAll(runs.Select(run => Recorder.RecordAsync(run, Cancellation)));

        Assert.True(_relay.AnswerLost.IsCompletedSuccessfully);
        await AssertEachIsThereOnceAsync(runs);
    }

    [Fact]
    public async Task Should_fail_only_the_row_that_the_database_refuses()
    {
        await _database.ExecuteAsync("alter table job_runs add constraint no_poison check (merchant_id <> 'poison')");
        var runs = Runs(50);
        var poison = Rows.Run(Guid.CreateVersion7(), Rows.Noon, merchantId: "poison");

        var recorded = Task.WhenAll(runs.Take(25).Select(run => Recorder.RecordAsync(run, Cancellation)));
        var refused = Recorder.RecordAsync(poison, Cancellation);
        var recordedToo = Task.WhenAll(runs.Skip(25).Select(run => Recorder.RecordAsync(run, Cancellation)));

        var refusal = await Assert.ThrowsAsync<JobRunRefusedException>(() => refused);
        Assert.Equal(PostgresErrorCodes.CheckViolation, Assert.IsType<PostgresException>(refusal.InnerException).SqlState);
        await Task.WhenAll(recorded, recordedToo);
        await AssertEachIsThereOnceAsync(runs);
    }

    [Fact]
    public async Task Should_write_what_it_has_accepted_before_it_stops()
    {
        var runs = Runs(1_500);

        var recorded = Task.WhenAll(runs.Select(run => Recorder.RecordAsync(run, Cancellation)));
        await Recorder.StopAsync(Cancellation);

        await recorded;
        await AssertEachIsThereOnceAsync(runs);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Recorder.RecordAsync(Rows.Run(Guid.CreateVersion7(), Rows.Noon), Cancellation));
    }

    [Fact]
    public async Task Should_give_up_on_a_database_that_is_away_when_the_time_to_stop_is_over()
    {
        await _relay.RefuseAsync();
        var recorded = Recorder.RecordAsync(Rows.Run(Guid.CreateVersion7(), Rows.Noon), Cancellation);

        await Recorder.StopAsync(new CancellationToken(canceled: true));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recorded);
    }

    [Fact]
    public async Task Should_keep_waiting_for_a_table_that_a_migration_has_yet_to_create()
    {
        await _database.ExecuteAsync("alter table job_runs rename to job_runs_away");
        var runs = Runs(10);

        var recorded = Task.WhenAll(runs.Select(run => Recorder.RecordAsync(run, Cancellation)));
        await _database.ExecuteAsync("alter table job_runs_away rename to job_runs");
        await recorded;

        await AssertEachIsThereOnceAsync(runs);
    }

    private static List<JobRun> Runs(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Rows.Run(Guid.CreateVersion7(), Rows.Noon.AddMilliseconds(i), merchantId: $"m-{i % 7}"))];

    /// <summary>And is counted once.</summary>
    private static JobRecord Waits(Guid merchant) => new()
    {
        Waiting = new WaitingStep.Enter(Rows.Waiting(merchant, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(1))),
    };

    private async Task AssertEachIsThereOnceAsync(IEnumerable<JobRun> runs)
    {
        Assert.Empty(runs.Select(run => run.RunId.ToString())
            .Except(await _database.QueryAsync("select run_id from job_runs group by run_id having count(*) = 1")));
        Assert.Equal(
            await _database.QueryAsync("select count(*) || ' ' || count(*) from job_runs"),
            await _database.QueryAsync(
                "select sum(attempts) || ' ' || sum((select sum(took) from unnest(durations) took)) from job_counts"));
    }

    /// <summary>Rows of one commit carry the same transaction id.</summary>
    private async Task<int> CountCommitsAsync() =>
        int.Parse((await _database.QueryAsync("select count(distinct xmin::text) from job_runs")).Single(), CultureInfo.InvariantCulture);
}
