using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>An HTTP proxy on a loopback port that makes connections with CONNECT, or answers as a test tells it.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly ConcurrentQueue<string[]> _heads = new();
    private readonly Task _accepting;

    public ConnectProxy()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>What it answers instead of making a connection; null makes one. An empty text closes without an answer.</summary>
    public string? Answer { get; init; }

    /// <summary>The value of <c>Proxy-Authorization</c> that it asks for; null for none.</summary>
    public string? Authorization { get; init; }

    /// <summary>The lines of each request to the proxy itself.</summary>
    public IReadOnlyList<string[]> Heads => [.. _heads];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = connection.GetStream();
            var head = await ReadHeadAsync(stream);
            _heads.Enqueue(head);
            var isKnown = Authorization is null || head.Contains($"Proxy-Authorization: {Authorization}");
            if (Answer is not null || !isKnown)
            {
                var refusal = isKnown ? Answer! : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(refusal), _stop.Token);
                return;
            }

            var target = IPEndPoint.Parse(head[0].Split(' ')[1]);
            using var onward = new TcpClient();
            await onward.ConnectAsync(target, _stop.Token);
            await stream.WriteAsync("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n"u8.ToArray(), _stop.Token);
            await Task.WhenAny(stream.CopyToAsync(onward.GetStream(), _stop.Token), onward.GetStream().CopyToAsync(stream, _stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One side hung up, or the test is over.
        }
    }

    private async Task<string[]> ReadHeadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head is not [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'] && await stream.ReadAsync(one, _stop.Token) > 0)
        {
            head.Add(one[0]);
        }

        return Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }
}
