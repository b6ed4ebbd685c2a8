using System.Net;
using System.Net.Sockets;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What cannot be had later either ends the process at once, and no part of it goes on by itself. (docs/faults.md: G2)</summary>
public sealed class When_a_worker_cannot_start(TestServers servers)
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("localhost")]
    public async Task Should_say_in_one_line_that_its_port_is_taken(string host)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = FormattableString.Invariant($"http://{host}:{((IPEndPoint)other.LocalEndpoint).Port}");
        await using var gateway = await Deployment.CreateAsync(servers);

        var worker = gateway.LaunchWorker(("OPS_URL", url));

        Assert.Equal(1, await worker.WaitUntilEndedAsync());
        var line = Assert.Single(worker.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"OPS_URL: nobody can listen at {url}", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_stop_the_parts_that_have_started_before_the_one_that_cannot()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["PAYMENT_EXPIRY_ENABLED"] = "true";

        // There is no certificate, which only the web server finds out, the last to start.
        var worker = gateway.LaunchWorker(("OPS_URL", "https://127.0.0.1:0"));

        Assert.Equal(1, await worker.WaitUntilEndedAsync());
        Assert.Contains("The worker cannot start, and ends", worker.Output, StringComparison.Ordinal);
    }
}
