using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.CommandLine;

/// <summary>What trials found (docs/faults.md: E3, G6, H7).</summary>
public sealed class When_the_worker_starts(TestServers servers)
{
    private const string Secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    public async Task Should_name_every_wrong_variable_at_once_and_no_secret(string verb)
    {
        var worker = await WorkerCommand.RunAsync(
            verb,
            ("GATEWAY_MODE", "half"),
            ("RABBITMQ_PORT", "70000"),
            ("DB_SSL_MODE", "maybe"),
            ("DB_PASSWORD", Secret),
            ("RABBITMQ_PASSWORD", Secret),
            ("WEBHOOK_RETRY_DELAYS", "10s,soon"),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/99"),
            ("WEBHOOK_SIGNING_KEY", $"whsk_{Secret}"),
            ("OPS_URL", "somewhere"),
            ("OPS_API_KEYS", $"ann:owner:{Secret}"));

        Assert.Equal(2, worker.ExitCode);
        string[] wrong = ["GATEWAY_MODE", "RABBITMQ_PORT", "DB_SSL_MODE", "WEBHOOK_RETRY_DELAYS", "WEBHOOK_ALLOWED_NETWORKS", "WEBHOOK_SIGNING_KEY", "OPS_URL", "OPS_API_KEYS"];
        var lines = worker.Errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("The configuration has errors:", lines[0]);
        Assert.Equal(wrong.Order(), lines.Skip(1).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Order());
        Assert.DoesNotContain(Secret, worker.Errors + worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_say_that_merchants_are_told_no_trace_where_none_is_kept()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-trace-");
        try
        {
            await using var worker = await WorkerProcess.StartAsync(
            [
                new("GATEWAY_MODE", "embedded"),
                new("OPS_URL", "http://127.0.0.1:0"),
                new("DB_FILE", Path.Combine(folder.FullName, "gateway.db")),
                new("WEBHOOK_TRACEPARENT", "true"),
            ]);

            await worker.WaitUntilLoggedAsync("WEBHOOK_TRACEPARENT tells merchants nothing");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>It may be the root of the machine, or the folder of somebody who has a million files.</summary>
    [Fact]
    public async Task Should_watch_no_file_where_it_is_started()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process watches is read from /proc");
        var folder = Directory.CreateTempSubdirectory("gateway-watch-");
        try
        {
            await using var worker = await WorkerProcess.StartAsync(
            [
                new("GATEWAY_MODE", "embedded"),
                new("OPS_URL", "http://127.0.0.1:0"),
                new("DB_FILE", Path.Combine(folder.FullName, "gateway.db")),
            ]);

            var open = Directory.GetFileSystemEntries($"/proc/{worker.Id}/fd").Select(handle => new FileInfo(handle).LinkTarget ?? "").ToList();
            Assert.Contains(open, target => target.EndsWith("gateway.db", StringComparison.Ordinal));
            Assert.DoesNotContain(open, target => target.Contains("inotify", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Should_migrate_twice_and_do_nothing_the_second_time()
    {
        await using var database = await servers.Postgres.CreateDatabaseAsync(Cancellation);

        var first = await Migrate(database);
        var second = await Migrate(database);

        Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        Assert.Contains("table job_runs", first.Output, StringComparison.Ordinal);
        Assert.Equal((0, "Nothing was missing.", ""), (second.ExitCode, second.Output.Trim(), second.Errors));
    }

    /// <summary>At the first migrations of a gateway, once and again.</summary>
    [Fact]
    public async Task Should_say_each_time_what_the_gateway_must_add_and_claim_nothing_of_it()
    {
        await using var database = await servers.Postgres.CreateDatabaseAsync(Cancellation);
        await database.ExecuteAsync("create table merchants (id uuid primary key, email varchar(255), webhook_url text, webhook_secret varchar(255), webhook_events text[], status varchar(20), metadata jsonb, created_at timestamp, updated_at timestamp, deleted_at timestamp)");

        var first = await Migrate(database);
        var second = await Migrate(database);

        Assert.Equal((1, 1), (first.ExitCode, second.ExitCode));
        Assert.StartsWith("Created: migration ", first.Output, StringComparison.Ordinal);
        Assert.Contains("table job_runs", first.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch("merchants\\.|payments|payouts|table wallet_balance_snapshots", first.Output);
        Assert.Equal("Nothing was created.", second.Output.Trim());
        Assert.Equal(
            """
            The gateway's own migrations must add, and the worker cannot run without:
              column merchants.business_name character varying(255)
              column merchants.kyc_status character varying(20)
              column merchants.kyc_tier character varying(10)
              column merchants.owner_full_name character varying(255)
              table payments
              table payouts
              table wallet_balance_snapshots
            """,
            first.Errors.Trim());
        Assert.Equal(first.Errors, second.Errors);
    }

    [Fact]
    public async Task Should_say_why_it_cannot_migrate()
    {
        await using var database = await servers.Postgres.CreateDatabaseAsync(Cancellation);

        var worker = await Migrate(database, ("DB_NAME", "no_such_database"));

        Assert.Equal(1, worker.ExitCode);
        Assert.Contains("no_such_database", worker.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_show_in_the_demo_that_it_keeps_its_promises()
    {
        var temporary = Directory.CreateTempSubdirectory("gateway-demo-test-");
        try
        {
            var worker = await WorkerCommand.RunAsync("demo", ("TMPDIR", temporary.FullName));

            Assert.True(worker.ExitCode == 0, worker.Output + worker.Errors);
            Assert.Contains("6 attempts, then a dead letter", worker.Output, StringComparison.Ordinal);
            // H7: nobody else can have put something under the name of what it leaves.
            var left = Assert.Single(temporary.GetFileSystemInfos());
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, left.UnixFileMode);
            var report = Assert.Single(Assert.IsType<DirectoryInfo>(left).GetFiles());
            Assert.Contains($"Yesterday's settlement report: {report.FullName}", worker.Output, StringComparison.Ordinal);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Should_not_be_ready_without_its_tables()
    {
        await using var worker = new Worker(servers);
        await worker.InitializeAsync();
        await worker.Database.ExecuteAsync("DROP TABLE job_runs");

        using var ready = await worker.StrangersApi.GetAsync("/healthz/ready", Cancellation);
        using var live = await worker.StrangersApi.GetAsync("/healthz/live", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var database = (await ready.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("checks").GetProperty("database");
        Assert.Equal("unhealthy", database.GetProperty("status").GetString());
        Assert.Contains("table job_runs", database.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    private static Task<CommandResult> Migrate(PostgresDatabase database, params (string Variable, string Value)[] others) =>
        WorkerCommand.RunAsync("migrate", [.. WorkerEnvironment.For(database).Select(variable => (variable.Key, variable.Value)), .. others]);

    private sealed class Worker(TestServers servers) : TestWorker(servers);
}
