using System.Buffers.Binary;
using System.Text;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// Stands between the worker and RabbitMQ and understands the frames of AMQP 0-9-1 (section 4.2 of its specification) just enough to
/// let everything pass up to one publish or one acknowledgement. From that frame on nothing more of its channel arrives; the other channels go on.
/// </summary>
public sealed class AmqpRelay(string host, int port) : TcpRelay(host, port)
{
    private const int ProtocolHeaderLength = 8;
    private const int FrameHeaderLength = 7;
    private const byte MethodFrame = 1;
    private const uint BasicConsume = 60 << 16 | 20;
    private const uint BasicPublish = 60 << 16 | 40;
    private const uint BasicAck = 60 << 16 | 80;

    private volatile string? _heldExchange;
    private volatile string? _heldQueue;

    /// <summary>The frames that were kept back: the first is the publish or the acknowledgement itself.</summary>
    public Counter KeptBack { get; } = new();

    /// <summary>The acknowledgements of messages of <see cref="WatchedQueue"/> that the server was handed.</summary>
    public Counter Acknowledged { get; } = new();

    /// <summary>The queue whose <see cref="Acknowledged"/> are counted.</summary>
    public string? WatchedQueue { get; init; }

    /// <summary>Keeps back the next publish to an exchange.</summary>
    public void HoldPublishTo(string exchange) => _heldExchange = exchange;

    /// <summary>Keeps back the next acknowledgement of a message of a queue.</summary>
    public void HoldAcknowledgementOf(string queue) => _heldQueue = queue;

    protected override async Task ForwardAsync(Stream worker, Stream server, CancellationToken cancellationToken)
    {
        var header = new byte[ProtocolHeaderLength];
        await worker.ReadExactlyAsync(header, cancellationToken);
        await server.WriteAsync(header, cancellationToken);

        var queues = new Dictionary<ushort, string>();
        var held = new HashSet<ushort>();
        while (await ReadFrameAsync(worker, cancellationToken) is { } frame)
        {
            var channel = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(1));
            if (held.Contains(channel) || IsHeld(frame, channel, queues))
            {
                held.Add(channel);
                KeptBack.Increment();
                continue;
            }

            await server.WriteAsync(frame, cancellationToken);
            if (MethodOf(frame) == BasicAck && queues.GetValueOrDefault(channel) is { } queue && queue == WatchedQueue)
            {
                Acknowledged.Increment();
            }
        }
    }

    private bool IsHeld(byte[] frame, ushort channel, Dictionary<ushort, string> queues)
    {
        var method = frame.AsSpan(FrameHeaderLength);
        switch (MethodOf(frame))
        {
            case BasicConsume:
                queues[channel] = ReadName(method);
                return false;
            case BasicPublish:
                return ReadName(method) == _heldExchange;
            case BasicAck:
                return queues.GetValueOrDefault(channel) is { } queue && queue == _heldQueue;
            default:
                return false;
        }
    }

    private static uint? MethodOf(byte[] frame) =>
        frame[0] == MethodFrame ? BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(FrameHeaderLength)) : null;

    // Class, method and a reserved short come before the first name, of an exchange in a publish and of a queue in a consume.
    private static string ReadName(ReadOnlySpan<byte> method) => Encoding.UTF8.GetString(method.Slice(7, method[6]));

    private static async Task<byte[]?> ReadFrameAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[FrameHeaderLength];
        if (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken) < header.Length)
        {
            return null;
        }

        // The last byte marks the end of a frame.
        var frame = new byte[FrameHeaderLength + BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(3)) + 1];
        header.CopyTo(frame, 0);
        await stream.ReadExactlyAsync(frame.AsMemory(FrameHeaderLength), cancellationToken);
        return frame;
    }
}
