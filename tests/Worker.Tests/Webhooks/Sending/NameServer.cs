using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>
/// A name server on a loopback port, by UDP and TCP. It knows the names that a test gives it, answers that there is no other, and says
/// nothing at all to questions that a test has it ignore.
/// </summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const ushort A = 1;
    private const ushort Cname = 5;
    private const ushort Aaaa = 28;

    private readonly UdpClient _udp;
    private readonly TcpListener _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, IPAddress[]> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<string> _questions = new();
    private readonly Task _serving;

    public NameServer()
    {
        (_udp, _tcp) = Listen();
        EndPoint = (IPEndPoint)_udp.Client.LocalEndPoint!;
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Each question in the order of arrival, such as <c>A merchant.example</c>.</summary>
    public IReadOnlyList<string> Questions => [.. _questions];

    /// <summary>Whether a question gets no answer.</summary>
    public Func<string, bool> Ignores { get; set; } = _ => false;

    /// <summary>Whether answers by UDP are cut, as those are that do not fit.</summary>
    public bool Truncates { get; set; }

    /// <summary>Seconds for which an answer holds.</summary>
    public uint TimeToLive { get; set; } = 30;

    // At one port for both; somebody else may have it for one of them.
    private static (UdpClient Udp, TcpListener Tcp) Listen()
    {
        while (true)
        {
            var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            var tcp = new TcpListener((IPEndPoint)udp.Client.LocalEndPoint!);
            try
            {
                tcp.Start();
                return (udp, tcp);
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    public NameServer Knows(string name, params string[] addresses)
    {
        _names[name] = Array.ConvertAll(addresses, IPAddress.Parse);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _udp.Dispose();
        _tcp.Dispose();
        _stop.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        try
        {
            while (true)
            {
                var asked = await _udp.ReceiveAsync(_stop.Token);
                if (Answer(asked.Buffer, Truncates) is { } answer)
                {
                    await _udp.SendAsync(answer, asked.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _tcp.AcceptTcpClientAsync(_stop.Token);
                var stream = connection.GetStream();
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stop.Token);
                if (Answer(question, isCut: false) is { } answer)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                    await stream.WriteAsync((byte[])[.. length, .. answer], _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    // RFC 1035 section 4.1. An alias stands before every address, as it does for most hosts behind a content network.
    private byte[]? Answer(byte[] message, bool isCut)
    {
        var end = 12;
        var labels = new List<string>();
        for (; message[end] != 0; end += message[end] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(message, end + 1, message[end]));
        }

        end += 5;
        var name = string.Join('.', labels);
        var type = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(end - 4));
        var question = $"{(type == Aaaa ? "AAAA" : "A")} {name}";
        _questions.Enqueue(question);
        if (Ignores(question))
        {
            return null;
        }

        var known = _names.TryGetValue(name, out var addresses);
        var family = type == Aaaa ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var answers = isCut ? [] : (addresses ?? []).Where(address => address.AddressFamily == family).ToArray();

        var answer = new List<byte>();
        answer.AddRange(message.AsSpan(0, 2));
        answer.AddRange(isCut ? [0x83, 0x80] : [0x81, known ? (byte)0x80 : (byte)0x83]);
        answer.AddRange([0, 1, 0, (byte)(answers.Length == 0 ? 0 : answers.Length + 1), 0, 0, 0, 0]);
        answer.AddRange(message.AsSpan(12, end - 12));
        if (answers.Length > 0)
        {
            byte[] alias = [.. "\u0004edge"u8, .. "\u0007example"u8, 0];
            Add([0xC0, 12], Cname, alias);
            foreach (var address in answers)
            {
                Add(alias, type == Aaaa ? Aaaa : A, address.GetAddressBytes());
            }
        }

        return [.. answer];

        void Add(byte[] owner, ushort recordType, byte[] data)
        {
            Span<byte> fixedPart = stackalloc byte[10];
            BinaryPrimitives.WriteUInt16BigEndian(fixedPart, recordType);
            BinaryPrimitives.WriteUInt16BigEndian(fixedPart[2..], 1);
            BinaryPrimitives.WriteUInt32BigEndian(fixedPart[4..], TimeToLive);
            BinaryPrimitives.WriteUInt16BigEndian(fixedPart[8..], (ushort)data.Length);
            answer.AddRange(owner);
            answer.AddRange(fixedPart);
            answer.AddRange(data);
        }
    }
}
