using System.Diagnostics;

namespace Gateway.Testing;

/// <summary>Runs a program that ends by itself.</summary>
public static class Command
{
    /// <summary>Runs it to its end and reads what it writes.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="cancellationToken">Kills the program and its children.</param>
    /// <param name="folder">Where it runs; null for the folder of the tests.</param>
    /// <param name="environment">Variables beside those of the tests, or instead of them; null takes one away.</param>
    /// <param name="input">Its standard input; null leaves it that of the tests.</param>
    public static async Task<CommandResult> RunAsync(
        string[] words,
        CancellationToken cancellationToken,
        string? folder = null,
        IEnumerable<KeyValuePair<string, string?>>? environment = null,
        string? input = null)
    {
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
            RedirectStandardInput = input is not null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment ?? [])
        {
            start.Environment[variable] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
                process.StandardInput.Close();
            }

            await process.WaitForExitAsync(cancellationToken);
            return new CommandResult(process.ExitCode, await output, await errors);
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
