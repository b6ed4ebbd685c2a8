using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Microsoft.Extensions.Logging;

namespace Gateway.Worker.Tests.Persistence.JobLog;

/// <summary>Keeps what was logged.</summary>
internal sealed class CollectedLog : ILogger<JobRecorder>
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }
}
