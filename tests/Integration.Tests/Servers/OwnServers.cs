using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Integration.Tests.Servers;

/// <summary>
/// The servers of a test class that takes some away, on which the others rely meanwhile: those are its own, the rest are everybody's.
/// Where the servers were given from outside it has none of its own, and a test that takes one away is skipped.
/// </summary>
public abstract partial class OwnServers(TestServers everybodys, params string[] names) : IAsyncLifetime
{
    private string? _directory;

    public TestServers Servers { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("TEST_SERVERS_DIR") is not { Length: > 0 } shared)
        {
            Servers = everybodys;
            return;
        }

        // Beside those of everybody, where ./test.sh stops what it finds should the tests be ended before they do.
        _directory = $"{shared}-{Guid.CreateVersion7():N}";
        var variables = await RunScriptAsync(["start", _directory, .. names]);
        Servers = new TestServers(everybodys, ExportedVariable.Matches(variables).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_directory is not null)
        {
            await Servers.DisposeAsync();
            await RunScriptAsync(["stop", _directory]);
        }
    }

    private static async Task<string> RunScriptAsync(string[] arguments)
    {
        using var script = Process.Start(new ProcessStartInfo("bash", [Repository.PathOf("tests/servers.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaint = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, $"tests/servers.sh {string.Join(' ', arguments)} failed: {await complaint}");
        return output;
    }

    [GeneratedRegex("^export ([A-Z_]+)='(.*)'$", RegexOptions.Multiline)]
    private static partial Regex ExportedVariable { get; }
}
