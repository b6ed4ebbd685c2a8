using System.Net;
using System.Net.Sockets;
using Microsoft.Security.AntiSSRF;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Decides whether an IP address is public, so that a stranger's endpoint may be there.
/// The special-purpose ranges are those of Microsoft's AntiSSRF list, which follows the IANA registries; what that list
/// lacks is added here (<c>docs/decisions/address-guard.md</c>).
/// </summary>
/// <param name="allowedNetworks">Networks that the operator lets through although they are not public.</param>
public sealed class AddressPolicy(IReadOnlyList<IPNetwork> allowedNetworks)
{
    /// <summary>All that IANA has handed out for global unicast (RFC 4291 section 2.4).</summary>
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>The well-known NAT64 prefix (RFC 6052): on an IPv6-only host every IPv4 endpoint has such an address.</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>The first match names the range; the last line catches ranges that a newer list adds.</summary>
    private static readonly (IPNetwork Network, string Name)[] SpecialRanges =
    [
        .. Named("a cloud metadata address", [.. IPAddressRanges.imds, .. IPAddressRanges.wireserver]),
        .. Named("a loopback address", IPAddressRanges.loopback),
        .. Named("an unspecified address", IPAddressRanges.unspecified),
        .. Named("a private address", IPAddressRanges.privateUse),
        .. Named("a unique local address", IPAddressRanges.uniqueLocal),
        .. Named("a link-local address", IPAddressRanges.linkLocal),
        .. Named("a site-local address", IPAddressRanges.siteLocal),
        .. Named("a carrier-grade NAT address", IPAddressRanges.sharedAddressSpace),
        .. Named("a benchmarking address", IPAddressRanges.benchmarking),
        .. Named("a documentation address", IPAddressRanges.documentation),
        .. Named("a multicast address", IPAddressRanges.multicast),
        .. Named("the broadcast address", IPAddressRanges.broadcast),
        .. Named("a discard-only address", [.. IPAddressRanges.discardOnly, .. IPAddressRanges.dummy]),
        .. Named("a Teredo address", IPAddressRanges.teredo),
        .. Named("a 6to4 address", IPAddressRanges.sixto4),
        .. Named("an IPv4-compatible address", ["::/96"]),
        .. Named("an IPv4-translated address", ["::ffff:0:0:0/96"]),
        .. Named("a local NAT64 address", ["64:ff9b:1::/48"]),
        .. Named("a reserved address", IPAddressRanges.recommendedLatest),
    ];

    /// <summary>Why no endpoint may be at <paramref name="address"/>, as in "it is a loopback address"; null when one may.</summary>
    public string? Refusal(IPAddress address)
    {
        if (IsAllowed(address))
        {
            return null;
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return SpecialRange(address);
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return Refusal(address.MapToIPv4());
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);

        // These two carry packets on to an IPv4 host, so that host decides.
        if (Nat64.Contains(address))
        {
            return Refusal(new IPAddress(bytes[12..])) is { } embedded ? $"{embedded} behind NAT64" : null;
        }

        if (IsIsatap(bytes) && Refusal(new IPAddress(bytes[12..])) is { } tunnelled)
        {
            return $"{tunnelled} behind ISATAP";
        }

        // 6to4 and Teredo carry IPv4 addresses too, but no public server has lived there for a decade: both are refused
        // whole by the table, whatever they carry.
        return SpecialRange(address)
            ?? (address.ScopeId != 0 ? "an address with a zone" : null)
            ?? (GlobalUnicast.Contains(address) ? null : "an address outside the public IPv6 space");
    }

    private bool IsAllowed(IPAddress address)
    {
        foreach (var network in allowedNetworks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static string? SpecialRange(IPAddress address)
    {
        foreach (var (network, name) in SpecialRanges)
        {
            if (network.Contains(address))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>An interface identifier of <c>0000:5efe</c> or <c>0200:5efe</c> and an IPv4 address (RFC 5214 section 6.1).</summary>
    private static bool IsIsatap(ReadOnlySpan<byte> address) =>
        (address[8] & 0b1111_1101) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe;

    private static IEnumerable<(IPNetwork Network, string Name)> Named(string name, string[] ranges)
    {
        foreach (var range in ranges)
        {
            yield return (IPNetwork.Parse(range), name);
        }
    }
}
