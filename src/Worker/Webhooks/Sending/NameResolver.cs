using System.Net;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>Looks up the addresses of a host name, as <see cref="Dns.GetHostAddressesAsync(string, CancellationToken)"/> does.</summary>
/// <exception cref="System.Net.Sockets.SocketException">The name is unknown, or the look-up failed.</exception>
public delegate Task<IPAddress[]> NameResolver(string host, CancellationToken cancellationToken);
