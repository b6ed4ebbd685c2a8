using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Worker.Telemetry;

/// <summary>For a person at a terminal: as .NET's own does it, but for the exceptions (<see cref="ExceptionText"/>).</summary>
internal sealed class TextLogFormatter() : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console finds it.</summary>
    public const string FormatterName = "gateway-text";

    private const string Indent = "      ", NoColor = "\x1b[0m";

    private readonly bool _hasColors = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var (name, color) = entry.LogLevel switch
        {
            LogLevel.Trace => ("trce", "\x1b[2m"),
            LogLevel.Debug => ("dbug", "\x1b[2m"),
            LogLevel.Information => ("info", "\x1b[32m"),
            LogLevel.Warning => ("warn", "\x1b[33m"),
            LogLevel.Error => ("fail", "\x1b[31m"),
            _ => ("crit", "\x1b[1;31m"),
        };
        output.Write(_hasColors ? color + name + NoColor : name);
        output.WriteLine($": {entry.Category}[{entry.EventId.Id}]");
        WriteIndented(output, entry.Formatter(entry.State, entry.Exception));
        if (entry.Exception is { } exception)
        {
            WriteIndented(output, ExceptionText.Of(exception));
        }
    }

    private static void WriteIndented(TextWriter output, string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            output.Write(Indent);
            output.WriteLine(line);
        }
    }
}
