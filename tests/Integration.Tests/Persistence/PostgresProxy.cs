using System.Net;
using System.Net.Sockets;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>A wire to PostgreSQL that a test can cut: everything at once, or just before the answer to a commit comes through.</summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private bool _isCut;
    private bool _losesNextAnswer;

    public PostgresProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Completes when the answer to a commit was lost.</summary>
    public Task AnswerLost => _lost.Task;

    /// <summary>Breaks every connection and refuses new ones.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            _sockets.ForEach(socket => socket.Dispose());
            _sockets.Clear();
        }
    }

    public void Mend()
    {
        lock (_lock)
        {
            _isCut = false;
        }
    }

    /// <summary>The server's next "COMMIT", which says that the rows are committed, does not arrive: the connection breaks instead.</summary>
    public void LoseNextAnswer()
    {
        lock (_lock)
        {
            _losesNextAnswer = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            lock (_lock)
            {
                if (_isCut)
                {
                    return;
                }

                _sockets.AddRange([client, server]);
            }

            try
            {
                await server.ConnectAsync(_host, _port, _stop.Token);
                await Task.WhenAny(PumpAsync(client, server, fromServer: false), PumpAsync(server, client, fromServer: true));
            }
            catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The test cut the wire while the connection was being made.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromServer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (fromServer && buffer.AsSpan(0, count).IndexOf("COMMIT"u8) >= 0 && Loses())
                {
                    _lost.SetResult();
                    return;
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
                }
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side went away; the caller closes the other.
        }
    }

    private bool Loses()
    {
        lock (_lock)
        {
            var loses = _losesNextAnswer;
            _losesNextAnswer = false;
            return loses;
        }
    }
}
