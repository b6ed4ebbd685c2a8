using System.Buffers;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>Tells by the look of a webhook URL whether it can ever be delivered to, whatever this worker is allowed to reach.</summary>
internal static class EndpointUrl
{
    // RFC 1035 section 2.3.4: 255 bytes on the wire, of which two are lengths.
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    // The underscore is in no host name of RFC 1123, and yet some have it and have an address.
    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <summary>
    /// The URL; null when it is no absolute https or http address, has credentials in it, which are never sent, or a port or host that no
    /// connection can be made to.
    /// </summary>
    public static Uri? Parse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "https" or "http" && url.UserInfo.Length == 0 && url.Port > 0 && HasHost(url)
            ? url
            : null;

    private static bool HasHost(Uri url)
    {
        if (url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            return true;
        }

        try
        {
            return IsName(url.IdnHost);
        }
        catch (UriFormatException)
        {
            // Letters of other alphabets that have no ASCII form.
            return false;
        }
    }

    private static bool IsName(ReadOnlySpan<char> host)
    {
        var name = host.EndsWith('.') ? host[..^1] : host;
        if (name.Length is 0 or > LongestName)
        {
            return false;
        }

        foreach (var part in name.Split('.'))
        {
            var label = name[part];
            if (label.Length is 0 or > LongestLabel || label.ContainsAnyExcept(LabelCharacters))
            {
                return false;
            }
        }

        return true;
    }
}
