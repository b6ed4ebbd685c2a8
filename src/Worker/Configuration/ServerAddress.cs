using System.Net;

namespace Gateway.Worker.Configuration;

/// <summary>Where a server is.</summary>
/// <param name="Host">A name, an IPv4 address, or an IPv6 address, in brackets where a port follows.</param>
/// <param name="Port">From 1 to 65535; null for the usual one.</param>
public readonly record struct ServerAddress(string Host, int? Port)
{
    /// <summary>Reads <c>host</c> or <c>host:port</c>; null when it is neither.</summary>
    public static ServerAddress? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && (text.IndexOf(':') == colon || text[colon - 1] == ']');
        var host = hasPort ? text[..colon] : text;
        int? port = hasPort && ushort.TryParse(text[(colon + 1)..], out var number) && number > 0 ? number : null;
        var isHost = host.Length > 0 && !host.Any(c => char.IsWhiteSpace(c) || c is '@' or '/')
            && (!host.Contains(':', StringComparison.Ordinal) || IPAddress.TryParse(host, out _));
        return !isHost || (hasPort && port is null) ? null : new ServerAddress(host, port);
    }

    /// <inheritdoc/>
    public override string ToString() => Port is { } port ? $"{Host}:{port}" : Host;
}
