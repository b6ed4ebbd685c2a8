using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Persistence.Conversion;

/// <summary>
/// Writes a place in a list as text that is opaque and URL-safe, and reads it back. The list is in the order of a time and then of ids.
/// </summary>
internal static class CursorText
{
    private const int GuidSize = 16;
    private const int MostIds = 2;

    /// <summary>The text for a place.</summary>
    /// <param name="at">UTC.</param>
    /// <param name="ids">The ids, two at most.</param>
    public static string Write(DateTime at, params ReadOnlySpan<Guid> ids)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + (MostIds * GuidSize)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.Ticks);
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i].TryWriteBytes(bytes[IdAt(i)..], bigEndian: true, out _);
        }

        return Base64Url.EncodeToString(bytes[..IdAt(ids.Length)]);
    }

    /// <summary>Reads a place.</summary>
    /// <param name="text">The text, which anybody may have written.</param>
    /// <param name="ids">Takes the ids: as many as it has places for, two at most.</param>
    /// <param name="at">UTC.</param>
    /// <returns>False when the text is no such place.</returns>
    public static bool TryRead([NotNullWhen(true)] string? text, Span<Guid> ids, out DateTime at)
    {
        at = default;
        if (text is null || !Base64Url.IsValid(text, out var length) || length != IdAt(ids.Length))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[IdAt(ids.Length)];
        Base64Url.DecodeFromChars(text, bytes);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        at = new DateTime(ticks, DateTimeKind.Utc);
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = new Guid(bytes.Slice(IdAt(i), GuidSize), bigEndian: true);
        }

        return true;
    }

    private static int IdAt(int index) => sizeof(long) + (index * GuidSize);
}
