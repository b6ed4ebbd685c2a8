using System.Net;
using System.Net.Sockets;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Lets webhooks reach public addresses only. <see cref="Check"/> judges a URL by its look; <see cref="ConnectAsync"/> judges the
/// addresses that its host has when the connection is made and connects to a judged address, so that a name which changes its address in
/// between gains nothing. A pooled connection stays with the address that was judged. Through a proxy it is the same: the proxy is told
/// the judged address.
/// </summary>
/// <param name="options">Schemes, ports and networks that are let through.</param>
/// <param name="resolve">Looks host names up.</param>
/// <param name="time">Spaces the attempts to connect to a host of several addresses.</param>
public sealed class EndpointGuard(SendingOptions options, NameResolver resolve, TimeProvider time)
{
    private static readonly IPNetwork[] Loopback = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    private readonly AddressPolicy _addresses = new(options.AllowedNetworks);
    private readonly AddressPolicy _localAddresses = new([.. options.AllowedNetworks, .. Loopback]);
    private readonly AddressRace _race = new(time);
    private readonly Func<IPEndPoint, CancellationToken, Task<Stream>> _open =
        options.Proxy is { } proxy ? new ProxyTunnel(proxy).OpenAsync : OpenAsync;

    /// <summary>
    /// Why <paramref name="url"/> cannot be an endpoint, in plain words without its path, query and credentials;
    /// null when only its addresses are still to be judged.
    /// </summary>
    public string? Check(Uri url)
    {
        if (!url.IsAbsoluteUri)
        {
            return "The URL is not absolute.";
        }

        // Uri keeps schemes in lower case.
        var allowsHttp = options.AllowHttp || IsAllowedLocally(url.IdnHost);
        if (url.Scheme != Uri.UriSchemeHttps && !(allowsHttp && url.Scheme == Uri.UriSchemeHttp))
        {
            return allowsHttp ? "The URL is neither https nor http." : "The URL is not https.";
        }

        if (url.UserInfo.Length > 0)
        {
            return $"The URL for {url.IdnHost} has credentials in it.";
        }

        return CheckPort(url.IdnHost, url.Port) ?? CheckLiteral(url.IdnHost);
    }

    /// <summary>Which setting lets a refused endpoint through, for the operator's log.</summary>
    public static string RemedyFor(Uri url) => IsThisMachine(url.IdnHost)
        ? "For development, WEBHOOK_ALLOW_LOCAL=true lets webhooks reach this machine."
        : "WEBHOOK_ALLOW_HTTP=true lets http through, WEBHOOK_ALLOWED_PORTS other ports, WEBHOOK_ALLOWED_NETWORKS networks of your own.";

    /// <summary>Connects to one of the host's addresses, after all of them have been judged.</summary>
    /// <exception cref="EndpointUnreachableException">There is no address, one is refused, or none can be reached.</exception>
    internal async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        if ((CheckPort(endpoint.Host, endpoint.Port) ?? CheckLiteral(endpoint.Host)) is { } refusal)
        {
            throw new EndpointUnreachableException(AttemptOutcome.AddressRefused, refusal);
        }

        var addresses = await ResolveAsync(endpoint.Host, cancellationToken);
        var policy = PolicyFor(endpoint.Host);
        foreach (var address in addresses)
        {
            // One refused address refuses the host: otherwise which address is met would be the name server's choice.
            if (policy.Refusal(address) is { } range)
            {
                throw new EndpointUnreachableException(AttemptOutcome.AddressRefused, Refused(endpoint.Host, range));
            }
        }

        return await ConnectToFirstAsync(addresses, endpoint, cancellationToken);
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        try
        {
            var addresses = await resolve(host, cancellationToken);
            return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.NoData);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
        {
            throw new EndpointUnreachableException(
                AttemptOutcome.Dns, $"The name servers of {host} did not answer within {NameLookups.Patience.TotalSeconds:0} s.", e);
        }
        catch (SocketException e)
        {
            throw new EndpointUnreachableException(AttemptOutcome.Dns, $"The name {host} has no address ({e.SocketErrorCode}).", e);
        }
        catch (ArgumentException e)
        {
            // A label of more than 63 or a name of more than 255 characters.
            throw new EndpointUnreachableException(AttemptOutcome.Dns, $"The name {Shortened(host)} cannot be looked up.", e);
        }
    }

    private async ValueTask<Stream> ConnectToFirstAsync(IPAddress[] addresses, DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await _race.ConnectAsync(endpoint, addresses, _open, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new EndpointUnreachableException(
                AttemptOutcome.Connect, $"{endpoint.Host}:{endpoint.Port} cannot be reached ({e.SocketErrorCode}).", e);
        }
    }

    private static async Task<Stream> OpenAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string? CheckPort(string host, int port)
    {
        if (options.AllowedPorts.Count == 0 || IsAllowedLocally(host))
        {
            return null;
        }

        // An index, because this runs for every attempt and an enumerator of an interface is an allocation.
        for (var i = 0; i < options.AllowedPorts.Count; i++)
        {
            if (options.AllowedPorts[i] == port)
            {
                return null;
            }
        }

        return $"Port {port} of {host} is not allowed.";
    }

    /// <summary>A host that is an address in any spelling; Uri has turned decimal, octal and hexadecimal ones into dotted ones.</summary>
    private string? CheckLiteral(string host) =>
        IPAddress.TryParse(host.AsSpan().TrimEnd('.'), out var address) && PolicyFor(host).Refusal(address) is { } range
            ? Refused(host, range)
            : null;

    // By its name and not by where it leads: a stranger's name that leads to this machine stays refused.
    private bool IsAllowedLocally(string host) => options.AllowLocal && IsThisMachine(host);

    private AddressPolicy PolicyFor(string host) => IsAllowedLocally(host) ? _localAddresses : _addresses;

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().TrimEnd('.'), out var address) && IPAddress.IsLoopback(address));

    private static string Refused(string host, string range) => $"{host} is not a public address: it is {range}.";

    private static string Shortened(string host) => host.Length <= 64 ? host : host[..64] + "…";
}
