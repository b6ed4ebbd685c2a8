using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Gateway.Testing.Network;

/// <summary>Stands between the worker and a server, on a free loopback port, and can delay or keep back what the worker sends.</summary>
public class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _closed = new();
    private readonly string _host;
    private volatile int _port;
    private readonly Task _accepting;
    private CancellationTokenSource _cut = new();
    private CancellationTokenSource _frozen = new();
    private volatile bool _isHeld;
    private volatile bool _refuses;

    /// <summary>Starts relaying.</summary>
    /// <param name="host">The server's host.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="ownPort">Where the relay is; 0 is a free port.</param>
    public TcpRelay(string host, int port, int ownPort = 0)
    {
        (_host, _port) = (host, port);
        _listener = new TcpListener(IPAddress.Loopback, ownPort);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where the worker finds it, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>How long all that the worker sends is on its way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections were closed at once because of <see cref="RefuseAsync"/>.</summary>
    public Counter Refused { get; } = new();

    /// <summary>From now on nothing that the worker sends arrives, on any connection; the connections stay open.</summary>
    public void Hold() => _isHeld = true;

    /// <summary>From now on nothing arrives on the connections that are open now, from neither side; they stay open. New ones are relayed.</summary>
    public async Task FreezeAsync()
    {
        using var frozen = Interlocked.Exchange(ref _frozen, new CancellationTokenSource());
        await frozen.CancelAsync();
    }

    /// <summary>Ends <see cref="Hold"/>. What was held back is lost, so the connections that are open are of no use.</summary>
    public void LetThrough() => _isHeld = false;

    /// <summary>From now on new connections lead to another port of the host; those that are open stay where they are.</summary>
    public void LeadTo(int port) => _port = port;

    /// <summary>Closes the connections that are open; the next ones are relayed again.</summary>
    public async Task CutAsync()
    {
        using var cut = Interlocked.Exchange(ref _cut, new CancellationTokenSource());
        await cut.CancelAsync();
    }

    /// <summary>Closes the connections that are open, and from now on new ones too.</summary>
    public Task RefuseAsync()
    {
        _refuses = true;
        return CutAsync();
    }

    /// <summary>Ends <see cref="RefuseAsync"/>.</summary>
    public void Accept() => _refuses = false;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _closed.Dispose();
        _cut.Dispose();
        _frozen.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Turns what the worker's connection carries into what the server understands: nothing has to be done unless it is encrypted.</summary>
    protected virtual Task<Stream> GreetAsync(Stream worker, CancellationToken cancellationToken) => Task.FromResult(worker);

    /// <summary>Copies what the worker sends, until one side closes.</summary>
    protected virtual async Task ForwardAsync(Stream worker, Stream server, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        while (await worker.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, TimeProvider.System, cancellationToken);
            }

            if (!_isHeld)
            {
                await server.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
    }

    /// <summary>Copies what the server sends, until one side closes.</summary>
    protected virtual Task ReturnAsync(Stream server, Stream worker, CancellationToken cancellationToken) => server.CopyToAsync(worker, cancellationToken);

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_closed.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(TcpClient worker)
    {
        using var server = new TcpClient { NoDelay = true };
        using (worker)
        {
            try
            {
                // Before the question, so that whoever refuses from now on closes this one as well.
                var cut = Volatile.Read(ref _cut).Token;
                if (_refuses)
                {
                    Refused.Increment();
                    return;
                }

                worker.NoDelay = true;
                await server.ConnectAsync(_host, _port, _closed.Token);
                var frozen = Volatile.Read(ref _frozen).Token;
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token, cut, frozen);
                await using var near = await GreetAsync(worker.GetStream(), either.Token);
                var there = ForwardAsync(near, server.GetStream(), either.Token);
                var back = ReturnAsync(server.GetStream(), near, either.Token);
                await Task.WhenAny(there, back);
                if (frozen.IsCancellationRequested)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _closed.Token);
                }

                // A side that closes closes the other, as it would without a relay.
                await either.CancelAsync();
                await Task.WhenAll(there, back);
            }
            catch (Exception end) when (end is IOException or SocketException or OperationCanceledException or AuthenticationException)
            {
                // A process was killed, or the test is over: the end of the connection is all that follows.
            }
        }
    }
}
