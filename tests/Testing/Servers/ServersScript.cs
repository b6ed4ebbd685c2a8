using System.Diagnostics;
using Xunit;

namespace Gateway.Testing.Servers;

/// <summary><c>tests/servers.sh</c>, which starts and stops servers.</summary>
public static class ServersScript
{
    /// <summary>Begins to run it.</summary>
    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("bash", [Repository.PathOf("tests/servers.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">It has failed.</exception>
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
