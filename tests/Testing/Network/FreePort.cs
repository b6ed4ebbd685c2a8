using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing.Network;

/// <summary>A loopback port on which nobody listens.</summary>
public static class FreePort
{
    /// <summary>Finds one. Somebody else may take it at once, so a server that can say where it listens is better off with port 0.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
