using Gateway.Testing;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.CommandLine;

/// <summary>What scripts go by is the exit code, and one line on standard error. (docs/faults.md: G1)</summary>
public sealed class When_a_script_runs_a_command
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    // Nobody listens on the port of tcpmux.
    [InlineData("health --url nonsense", 2, "--url: 'nonsense' is not an address such as http://127.0.0.1:8090, without a path")]
    [InlineData("health --url http://127.0.0.1:1", 1, "http://127.0.0.1:1/healthz/ready does not answer")]
    [InlineData("queues --url http://127.0.0.1:1", 3, "http://127.0.0.1:1/ does not answer")]
    [InlineData("dead-letters list --url nonsense", 2, "--url: 'nonsense' is not an address such as http://127.0.0.1:8090, without a path")]
    [InlineData("demo --url http://127.0.0.1:1", 2, "'--url'")]
    [InlineData("pause", 2, "'pause'")]
    [InlineData("topology check", 2, "In embedded mode the queues are in the worker's memory: RABBITMQ_HOST names a broker.")]
    [InlineData("no-such-command", 2, "'no-such-command'")]
    [InlineData("report --date yesterday", 2, "--date: 'yesterday' is not a date such as 2026-01-31")]
    [InlineData("merchants add --name shop --url http://127.0.0.1:9/ > /dev/full", 1, "What was to be printed cannot be written: No space left on device; no merchant was added")]
    [InlineData("migrate > /dev/full", 1, "What was to be printed cannot be written: No space left on device")]
    public async Task Should_tell_by_its_exit_code_what_went_wrong_and_never_by_a_stack_trace(string command, int exitCode, string said)
    {
        var worker = await RunAsync(command);

        Assert.Equal(exitCode, worker.ExitCode);
        Assert.StartsWith(said.StartsWith('\'') ? "" : said, worker.Errors, StringComparison.Ordinal);
        Assert.Contains(said, worker.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", worker.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report", "--date", "2026-01-31")]
    [InlineData("report", "--date", "2026-01-31", "--generation", "1")]
    public async Task Should_say_in_a_sentence_that_the_database_is_away(params string[] words)
    {
        // Nobody listens on the port of tcpmux.
        var worker = await WorkerCommand.RunAsync(words, ("GATEWAY_MODE", "full"), ("DB_HOST", "127.0.0.1"), ("DB_PORT", "1"));

        Assert.Equal(1, worker.ExitCode);
        Assert.StartsWith("The database does not give the report: ", worker.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", worker.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_add_no_merchant_whose_secret_nobody_could_see()
    {
        var worker = await RunAsync(
            "merchants add --name unseen --url http://127.0.0.1:9/ > /dev/full; "
            + "dotnet \"$0\" merchants add --name seen --url http://127.0.0.1:9/ > /dev/null; dotnet \"$0\" merchants list");

        Assert.Contains("\tseen\t", worker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("unseen", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_quiet_when_whoever_reads_has_read_enough()
    {
        var worker = await RunAsync("--help | head -n 1");

        Assert.Equal((0, ""), (worker.ExitCode, worker.Errors));
    }

    [Fact]
    public async Task Should_suggest_what_may_follow()
    {
        var worker = await RunAsync("'[suggest]' 'pause '");

        Assert.Equal(0, worker.ExitCode);
        Assert.Contains("webhooks_retry", worker.Output.Split('\n'));
    }

    private static async Task<CommandResult> RunAsync(string command)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-command-");
        try
        {
            return await Command.RunAsync(
                ["bash", "-c", $"set -o pipefail; dotnet \"$0\" {command}", WorkerCommand.Assembly],
                Cancellation,
                folder.FullName,
                [new("GATEWAY_MODE", "embedded"), new("DB_FILE", Path.Combine(folder.FullName, "gateway.db"))]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
