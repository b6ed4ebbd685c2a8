using System.Net;
using System.Net.Sockets;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>An address that swallows what is sent to it: a listener that accepts nobody and whose queue is full.</summary>
internal sealed class DeadAddress : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _queued = [];

    private DeadAddress(IPEndPoint endPoint)
    {
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(endPoint);
        _listener.Listen(1);
    }

    public static async Task<DeadAddress> At(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var dead = new DeadAddress(new IPEndPoint(address, port));
        // Linux queues one more than it was told.
        for (var i = 0; i < 2; i++)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            dead._queued.Add(socket);
            await socket.ConnectAsync(address, port, cancellationToken);
        }

        return dead;
    }

    public ValueTask DisposeAsync()
    {
        _queued.ForEach(socket => socket.Dispose());
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
