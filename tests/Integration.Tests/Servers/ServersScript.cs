using System.Diagnostics;
using Xunit;

namespace Gateway.Integration.Tests.Servers;

/// <summary><c>tests/servers.sh</c>, which starts and stops servers.</summary>
internal static class ServersScript
{
    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("bash", [Repository.PathOf("tests/servers.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var script = Start(arguments);
        var complaint = script.StandardError.ReadToEndAsync(cancellationToken);
        var output = await script.StandardOutput.ReadToEndAsync(cancellationToken);
        await script.WaitForExitAsync(cancellationToken);
        Assert.True(script.ExitCode == 0, $"tests/servers.sh {string.Join(' ', arguments)} failed: {await complaint}");
        return output;
    }
}
