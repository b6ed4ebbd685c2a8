using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Testing;

/// <summary>As happens to those of a test class when the tests are ended: nothing of them may stay.</summary>
public sealed class When_servers_are_stopped_while_they_start
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_end_the_start_before_they_are_stopped()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TEST_SERVERS_DIR") is null or "", "The servers were given from outside, so none may be startable here.");
        var directory = Directory.CreateTempSubdirectory("gateway-servers-").FullName;
        using var starting = ServersScript.Start("start", directory, "rabbitmq");
        await Eventually.Read(() => Task.FromResult(File.Exists(Path.Combine(directory, "starter"))), isThere => isThere, "the start has begun");

        await ServersScript.RunAsync(["stop", directory], Cancellation);

        // A start that went on would end well, print where its server is and leave its folder.
        var told = await starting.StandardOutput.ReadToEndAsync(Cancellation);
        await starting.WaitForExitAsync(Cancellation);
        Assert.Equal("", told);
        Assert.NotEqual(0, starting.ExitCode);
        Assert.False(Directory.Exists(directory));
    }
}
