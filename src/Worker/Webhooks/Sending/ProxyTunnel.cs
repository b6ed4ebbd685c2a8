using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Opens connections through an HTTP proxy with CONNECT (RFC 9110 section 9.3.6). It names the address that the guard has judged and never
/// the host, so that the proxy has no name to look up; TLS begins inside, with the merchant.
/// </summary>
internal sealed class ProxyTunnel(WebhookProxy proxy)
{
    // Some proxies add pages of headers to a refusal; none needs more than this to say yes.
    private const int LongestHead = 16 * 1024;

    /// <summary>Opens a connection through the proxy.</summary>
    /// <exception cref="EndpointUnreachableException">The proxy cannot be reached, or does not make the connection.</exception>
    public async Task<Stream> OpenAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // Ours, so its name is the system's to look up and its address needs no judge.
            await socket.ConnectAsync(new DnsEndPoint(proxy.Host, proxy.Port), cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            await stream.WriteAsync(Request(address), cancellationToken);
            await ReadAnswerAsync(stream, address, cancellationToken);
            return stream;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is SocketException or IOException { InnerException: SocketException })
            {
                throw Unreachable("cannot be reached", exception);
            }

            throw;
        }
    }

    private byte[] Request(IPEndPoint address)
    {
        var authorization = proxy.Authorization is { } credentials ? $"Proxy-Authorization: {credentials}\r\n" : "";
        return Encoding.ASCII.GetBytes($"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\n");
    }

    private async Task ReadAnswerAsync(NetworkStream stream, IPEndPoint address, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LongestHead);
        try
        {
            for (var length = 0; length < LongestHead;)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length, LongestHead - length), cancellationToken);
                if (read == 0)
                {
                    throw Unreachable("closed the connection");
                }

                length += read;
                var head = buffer.AsSpan(0, length);
                if (head.IndexOf("\r\n\r\n"u8) is var end and >= 0)
                {
                    // The merchant says nothing before it is spoken to: what follows would be the proxy's, and not to be taken for the
                    // merchant's.
                    var status = StatusOf(head);
                    if (status is not (>= 200 and <= 299) || end + 4 != length)
                    {
                        throw Unreachable(status is null ? "does not speak HTTP" : $"answered {status} to a connection to {address}");
                    }

                    return;
                }
            }

            throw Unreachable("answered with too many headers");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The status of <c>HTTP/1.1 200 Connection established</c>.</summary>
    private static int? StatusOf(ReadOnlySpan<byte> head) =>
        head.StartsWith("HTTP/1."u8) && head.Length >= 12 && head[8] == ' ' && int.TryParse(head[9..12], out var status) ? status : null;

    private EndpointUnreachableException Unreachable(string complaint, Exception? exception = null) =>
        new(AttemptOutcome.Connect, $"The proxy {proxy} {complaint}.", exception);
}
