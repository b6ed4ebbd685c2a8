using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>
/// A merchant's server on a loopback port that answers whatever bytes a test wants. Its answer is called for every request;
/// a connection stays open until the answer closes it or the other side does.
/// </summary>
internal sealed class Endpoint : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Channel<Connection> _requests = Channel.CreateUnbounded<Connection>();
    private readonly Func<Connection, Task> _answer;
    private readonly SslStreamCertificateContext? _certificate;
    private readonly Task _accepting;
    private int _accepted;
    private int _read;

    public Endpoint(Func<Connection, Task> answer, SslStreamCertificateContext? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public Endpoint(string answer, SslStreamCertificateContext? certificate = null)
        : this(connection => connection.WriteAsync(answer), certificate)
    {
    }

    public int Port { get; }

    /// <summary>How many connections were accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The connection of each request that was read, in order.</summary>
    public ChannelReader<Connection> Requests => _requests.Reader;

    public Uri Url(string host = "127.0.0.1", string scheme = "http") => new($"{scheme}://{host}:{Port}/hooks/orders?key=q-u-e-r-y");

    /// <summary>Closes the port and every connection, and waits until the last answer has noticed.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_connections);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(ConverseAsync(socket));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task ConverseAsync(Socket socket)
    {
        await using var network = new NetworkStream(socket, ownsSocket: true);
        await using var stream = _certificate is null ? (Stream)network : new SslStream(network);
        try
        {
            if (stream is SslStream tls)
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate }, _stop.Token);
            }

            var connection = new Connection(socket, stream, _stop.Token);
            while (await connection.ReadRequestAsync())
            {
                // Before anybody hears of it: he may be quick to send the next one.
                connection.Number = Interlocked.Increment(ref _read);
                await _requests.Writer.WriteAsync(connection, _stop.Token);
                await _answer(connection);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException)
        {
            // The sender hung up, which is what most of these tests are about, or the test is over.
        }
    }
}
