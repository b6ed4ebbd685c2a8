using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// A place in the list of what waits: after this entry come those that are due later. Its text is opaque, URL-safe, and is read back by
/// <see cref="TryParse(string?, IFormatProvider?, out WaitingCursor)"/>.
/// </summary>
public readonly record struct WaitingCursor : IParsable<WaitingCursor>
{
    private const int GuidSize = 16;
    private const int Size = sizeof(long) + 2 * GuidSize;

    internal WaitingCursor(DateTime dueAt, DeliveryKey key) => (DueAt, Key) = (dueAt, key);

    internal DateTime DueAt { get; }

    internal DeliveryKey Key { get; }

    /// <inheritdoc />
    public static WaitingCursor Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var cursor) ? cursor : throw new FormatException("This is no cursor of a list of what waits");

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WaitingCursor result)
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

        result = new WaitingCursor(
            new DateTime(ticks, DateTimeKind.Utc),
            new DeliveryKey(
                new Guid(bytes.Slice(sizeof(long), GuidSize), bigEndian: true),
                new Guid(bytes[(sizeof(long) + GuidSize)..], bigEndian: true)));
        return true;
    }

    /// <summary>The text that is handed out.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, DueAt.Ticks);
        Key.DeliveryId.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        Key.MerchantId.TryWriteBytes(bytes[(sizeof(long) + GuidSize)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
