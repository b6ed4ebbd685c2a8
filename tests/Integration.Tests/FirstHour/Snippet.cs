using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

/// <summary>A file of <c>docs/snippets</c>, built where it has to be, and running as it would on a reader's machine.</summary>
internal sealed partial class Snippet : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly DirectoryInfo _folder;

    private Snippet(DirectoryInfo folder, string[] command, (string Variable, string Value)[] variables)
    {
        _folder = folder;
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in variables)
        {
            start.Environment[variable] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <param name="name">The file, such as <c>verify.cs</c>.</param>
    /// <param name="variables">Its environment; <c>PORT=0</c> has it listen on any port.</param>
    public static async Task<Snippet> StartAsync(string name, params (string Variable, string Value)[] variables)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-snippet-");
        var file = Repository.PathOf($"docs/snippets/{name}");
        switch (Path.GetExtension(name))
        {
            case ".cs":
                await BuildAsync(file, folder.FullName);
                return new Snippet(
                    folder,
                    ["dotnet", Path.Combine(folder.FullName, Path.ChangeExtension(name, ".dll"))],
                    [.. variables, ("ASPNETCORE_URLS", "http://127.0.0.1:0")]);
            case ".mjs":
                File.Copy(file, Path.Combine(folder.FullName, name));
                // Where a reader's `npm install` would have put the package.
                Directory.CreateSymbolicLink(
                    Path.Combine(folder.FullName, "node_modules"), Repository.PathOf("tests/Integration.Tests/Verifiers/node_modules"));
                return new Snippet(folder, ["node", name], [.. variables, ("PORT", "0")]);
            default:
                return new Snippet(folder, ["python3", file], [.. variables, ("PORT", "0")]);
        }
    }

    /// <summary>Where it listens.</summary>
    public async Task<Uri> AddressAsync()
    {
        var output = await WaitUntilWrittenAsync(text => Listening.IsMatch(text), "listens");
        return new Uri(Listening.Match(output).Groups[1].Value);
    }

    /// <summary>Returns when it has written what is awaited.</summary>
    public Task<string> WaitUntilWrittenAsync(Func<string, bool> isAwaited, string awaited) => Eventually.Read(
        () =>
        {
            Assert.False(_process.HasExited && !isAwaited(Output), $"It ended: {Output}");
            return Task.FromResult(Output);
        },
        isAwaited,
        awaited);

    /// <summary>Returns its exit code when it has ended by itself.</summary>
    public async Task<int> WaitUntilEndedAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _process.WaitForExitAsync(cancellation).WaitAsync(Eventually.Patience, cancellation);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    // As `dotnet run FILE` does, and without the servers that it would leave behind.
    private static async Task BuildAsync(string file, string output)
    {
        string[] command = ["dotnet", "build", file, "-c", "Release", "-o", output, "--disable-build-servers", "-nologo", "-v", "quiet"];
        var built = await Command.RunAsync(command, TestContext.Current.CancellationToken);
        Assert.True(built.ExitCode == 0, $"{file} does not compile: {built.Output}{built.Errors}");
        // A reader sees no warning either.
        Assert.DoesNotContain("warning", built.Output, StringComparison.Ordinal);
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    [GeneratedRegex(@"listening on:? (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening { get; }
}
