using System.Diagnostics.CodeAnalysis;
using Gateway.Persistence.Conversion;
using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// A place in the list of what waits: after this entry come those that are due later. Its text is opaque, URL-safe, and is read back by
/// <see cref="TryParse(string?, IFormatProvider?, out WaitingCursor)"/>.
/// </summary>
public readonly record struct WaitingCursor : IParsable<WaitingCursor>
{
    internal WaitingCursor(DateTime dueAt, DeliveryKey key) => (DueAt, Key) = (dueAt, key);

    internal DateTime DueAt { get; }

    internal DeliveryKey Key { get; }

    /// <inheritdoc />
    public static WaitingCursor Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var cursor) ? cursor : throw new FormatException("This is no cursor of a list of what waits");

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WaitingCursor result)
    {
        Span<Guid> ids = stackalloc Guid[2];
        if (!CursorText.TryRead(s, ids, out var dueAt))
        {
            result = default;
            return false;
        }

        result = new WaitingCursor(dueAt, new DeliveryKey(ids[0], ids[1]));
        return true;
    }

    /// <summary>The text that is handed out.</summary>
    public override string ToString() => CursorText.Write(DueAt, Key.DeliveryId, Key.MerchantId);
}
