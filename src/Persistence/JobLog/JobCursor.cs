using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Persistence.JobLog;

/// <summary>
/// A place in the list of jobs: after this run come older ones. Its text is opaque, URL-safe, and is read back by
/// <see cref="TryParse(string?, IFormatProvider?, out JobCursor)"/>.
/// </summary>
public readonly record struct JobCursor : IParsable<JobCursor>
{
    private const int Size = sizeof(long) + 16;

    internal JobCursor(DateTime startedAt, Guid runId) => (StartedAt, RunId) = (startedAt, runId);

    internal DateTime StartedAt { get; }

    internal Guid RunId { get; }

    /// <inheritdoc />
    public static JobCursor Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var cursor) ? cursor : throw new FormatException("This is no cursor of a list of jobs");

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out JobCursor result)
    {
        result = default;
        if (s is null || !Base64Url.IsValid(s, out var length) || length != Size)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        Base64Url.DecodeFromChars(s, bytes);

        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        result = new JobCursor(new DateTime(ticks, DateTimeKind.Utc), new Guid(bytes[sizeof(long)..], bigEndian: true));
        return true;
    }

    /// <summary>The text that is handed out.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, StartedAt.Ticks);
        RunId.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
