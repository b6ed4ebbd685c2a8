using System.CommandLine;
using System.CommandLine.Invocation;

namespace Gateway.Worker.CommandLine;

/// <summary>
/// Runs what was typed, and tells scripts how it ended: one of <see cref="ExitCodes"/>, and never a stack trace for what is no fault of
/// ours.
/// </summary>
internal static class CommandEnd
{
    public static async Task<int> RunAsync(ParseResult arguments, InvocationConfiguration configuration)
    {
        try
        {
            var exitCode = await arguments.InvokeAsync(configuration);
            return arguments.Action is ParseErrorAction ? ExitCodes.WrongConfiguration : exitCode;
        }
        catch (IOException exception)
        {
            // The disk is full, or whoever read has gone.
            return Say(configuration, $"What was to be printed cannot be written: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C, which needs no word.
            return ExitCodes.Failed;
        }
        catch (Exception exception)
        {
            return Say(configuration, $"This should not happen; please report it. {exception}");
        }
    }

    private static int Say(InvocationConfiguration configuration, string what)
    {
        try
        {
            configuration.Error.WriteLine(what);
        }
        catch (IOException)
        {
            // Nor can this be; the exit code says it.
        }

        return ExitCodes.Failed;
    }
}
