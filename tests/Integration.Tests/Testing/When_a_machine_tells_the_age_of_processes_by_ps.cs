using System.Net.Sockets;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Testing;

/// <summary>macOS has no /proc, and its ps pads what it prints. (docs/faults.md: H5)</summary>
public sealed partial class When_a_machine_tells_the_age_of_processes_by_ps
{
    // What bash reads before the script. The last argument is the process; a dead one that nobody has collected is none.
    private const string PaddingPs = """
        ps() {
          case $(command ps -o stat= -p "${!#}") in '' | Z*) return 1 ;; esac
          command ps "$@" | sed 's/$/    /'
        }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_know_the_server_that_it_started_and_end_it()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TEST_SERVERS_DIR") is null or "", "The servers were given from outside, so none may be startable here.");
        var folder = Directory.CreateTempSubdirectory("gateway-ps-");
        try
        {
            var script = Path.Combine(folder.FullName, "servers.sh");
            await File.WriteAllTextAsync(
                script,
                (await File.ReadAllTextAsync(Repository.PathOf("tests/servers.sh"), Cancellation)).Replace("/proc/self", "/nowhere/self", StringComparison.Ordinal),
                Cancellation);
            var before = Path.Combine(folder.FullName, "before");
            await File.WriteAllTextAsync(before, PaddingPs, Cancellation);
            var servers = Path.Combine(folder.FullName, "servers");

            var started = await RunAsync(script, "start", servers, "redis");
            using (var client = new TcpClient())
            {
                await client.ConnectAsync("127.0.0.1", PortOf(started), Cancellation);
            }

            await RunAsync(script, "stop", servers);

            using var refused = new TcpClient();
            await Assert.ThrowsAsync<SocketException>(async () => await refused.ConnectAsync("127.0.0.1", PortOf(started), Cancellation));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task<string> RunAsync(params string[] words)
        {
            var run = await Command.RunAsync(
                ["bash", .. words],
                Cancellation,
                environment: [new("BASH_ENV", Path.Combine(folder.FullName, "before")), new("TEST_ENGINE", "binaries"), new("TEST_SERVERS", null)]);
            Assert.True(run.ExitCode == 0, run.Errors);
            return run.Output;
        }
    }

    private static int PortOf(string started) => int.Parse(RedisPort.Match(started).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("TEST_REDIS='127.0.0.1:([0-9]+)'")]
    private static partial Regex RedisPort { get; }
}
