using System.Diagnostics;
using Xunit;

namespace Gateway.Integration.Tests.Delivery;

/// <summary>The worker as operators run it: a process, with environment variables.</summary>
/// <param name="ExitCode">What a script sees.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
public sealed record WorkerProcess(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs it to its end, with these variables and no others of the worker's.</summary>
    public static Task<WorkerProcess> Run(string verb, params (string Variable, string Value)[] variables) => Run([verb], variables);

    /// <summary>The same with a command of several words.</summary>
    public static async Task<WorkerProcess> Run(string[] words, params (string Variable, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Gateway.Worker.dll"), .. words])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in variables)
        {
            start.Environment[variable] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new WorkerProcess(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
