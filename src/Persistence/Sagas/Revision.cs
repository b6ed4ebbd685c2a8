using System.Globalization;
using System.Text;

namespace Gateway.Persistence.Sagas;

/// <summary>
/// Names one save of one instance; stored in front of its JSON, as <c>3.5f0c9a1be2d47086 {…}</c>.
/// </summary>
/// <param name="Version">How often the instance was saved, from 1.</param>
/// <param name="Incarnation">
/// A random number drawn at the insert. Versions start again at 1 when an instance has expired, or Redis was flushed, and the same id is
/// inserted anew; without it, a message that loaded the old instance could overwrite the new one.
/// </param>
internal readonly record struct Revision(int Version, long Incarnation)
{
    private const byte EndOfHeader = (byte)' ';

    public static Revision First() => new(1, Random.Shared.NextInt64());

    public Revision Next() => this with { Version = Version + 1 };

    /// <summary>The start of every stored value of this revision, and of no other: the space ends it.</summary>
    public byte[] ToHeader() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}.{Incarnation:x16} "));

    /// <summary>Takes a stored value apart. False when it was not written by this repository.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out Revision revision, out ReadOnlySpan<byte> json)
    {
        var end = value.IndexOf(EndOfHeader);
        var dot = value.IndexOf((byte)'.');
        if (dot > 0 && dot < end
            && int.TryParse(value[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && long.TryParse(value[(dot + 1)..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var incarnation))
        {
            revision = new(version, incarnation);
            json = value[(end + 1)..];
            return true;
        }

        revision = default;
        json = default;
        return false;
    }
}
