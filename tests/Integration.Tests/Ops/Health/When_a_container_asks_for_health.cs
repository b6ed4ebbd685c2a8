using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Health;

public sealed class When_a_container_asks_for_health(TestServers servers)
{
    [Fact]
    public async Task Should_hear_whether_the_worker_is_ready_and_why_not()
    {
        await using var worker = new Worker(servers);
        await worker.InitializeAsync();
        var url = ("OPS_URL", worker.StrangersApi.BaseAddress!.ToString());

        var ready = await WorkerCommand.RunAsync("health", url);
        // The container listens on all its addresses.
        var everywhere = await WorkerCommand.RunAsync("health", ("OPS_URL", $"http://0.0.0.0:{worker.StrangersApi.BaseAddress.Port}"));
        await worker.Database.ExecuteAsync("DROP TABLE job_runs");
        var notReady = await WorkerCommand.RunAsync("health", url);

        Assert.Equal((0, "ready", ""), (ready.ExitCode, ready.Output.Trim(), ready.Errors));
        Assert.Equal((0, "ready", ""), (everywhere.ExitCode, everywhere.Output.Trim(), everywhere.Errors));
        Assert.Equal((1, ""), (notReady.ExitCode, notReady.Output));
        Assert.StartsWith("not ready: database: tables are missing: run `Gateway.Worker migrate` (missing: table job_runs", Assert.Single(LinesOf(notReady)), StringComparison.Ordinal);
    }

    [Theory]
    // Nobody listens on the port of tcpmux.
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:1/healthz/ready does not answer")]
    [InlineData("somewhere", "OPS_URL: 'somewhere' is not")]
    public async Task Should_say_in_one_line_why_there_is_no_answer(string url, string reason)
    {
        var health = await WorkerCommand.RunAsync("health", ("OPS_URL", url));

        Assert.Equal(1, health.ExitCode);
        Assert.StartsWith(reason, Assert.Single(LinesOf(health)), StringComparison.Ordinal);
    }

    private static string[] LinesOf(CommandResult process) =>
        process.Errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private sealed class Worker(TestServers servers) : TestWorker(servers);
}
