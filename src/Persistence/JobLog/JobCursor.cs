using System.Diagnostics.CodeAnalysis;
using Gateway.Persistence.Conversion;

namespace Gateway.Persistence.JobLog;

/// <summary>
/// A place in a list of jobs or of dead letters: the row after which the next page begins. Its text is opaque, URL-safe, and is read back
/// by <see cref="TryParse(string?, IFormatProvider?, out JobCursor)"/>.
/// </summary>
public readonly record struct JobCursor : IParsable<JobCursor>
{
    internal JobCursor(DateTime startedAt, Guid runId) => (StartedAt, RunId) = (startedAt, runId);

    internal DateTime StartedAt { get; }

    internal Guid RunId { get; }

    /// <inheritdoc />
    public static JobCursor Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var cursor) ? cursor : throw new FormatException("This is no cursor of a list of jobs");

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out JobCursor result)
    {
        Span<Guid> ids = stackalloc Guid[1];
        if (!CursorText.TryRead(s, ids, out var startedAt))
        {
            result = default;
            return false;
        }

        result = new JobCursor(startedAt, ids[0]);
        return true;
    }

    /// <summary>The text that is handed out.</summary>
    public override string ToString() => CursorText.Write(StartedAt, RunId);
}
