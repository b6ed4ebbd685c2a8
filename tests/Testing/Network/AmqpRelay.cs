using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace Gateway.Testing.Network;

/// <summary>
/// Stands between the worker and RabbitMQ and understands the frames of AMQP 0-9-1 (section 4.2 of its specification) just enough to
/// let everything pass up to one publish or one acknowledgement. From that frame on nothing more of its channel arrives; the other channels go on.
/// It can also make the server close a channel.
/// </summary>
/// <param name="host">The broker's host.</param>
/// <param name="port">The broker's port.</param>
public sealed class AmqpRelay(string host, int port) : TcpRelay(host, port)
{
    private const int ProtocolHeaderLength = 8;
    private const int FrameHeaderLength = 7;
    private const byte MethodFrame = 1;
    private const uint BasicConsume = 60 << 16 | 20;
    private const uint BasicPublish = 60 << 16 | 40;
    private const uint BasicAck = 60 << 16 | 80;
    private const byte FrameEnd = 0xCE;

    private readonly ConcurrentDictionary<string, (Stream Server, SemaphoreSlim Writing, ushort Channel)> _consumers = new(StringComparer.Ordinal);
    private volatile string? _heldExchange;
    private volatile string? _heldQueue;

    /// <summary>The frames that were kept back: the first is the publish or the acknowledgement itself.</summary>
    public Counter KeptBack { get; } = new();

    /// <summary>The messages of <see cref="WatchedQueue"/> whose acknowledgement the server was handed; one may be for several.</summary>
    public Counter Acknowledged { get; } = new();

    /// <summary>How often somebody began to consume <see cref="WatchedQueue"/>.</summary>
    public Counter Consumed { get; } = new();

    /// <summary>The queue whose <see cref="Acknowledged"/> and <see cref="Consumed"/> are counted.</summary>
    public string? WatchedQueue { get; init; }

    /// <summary>Keeps back the next publish to an exchange.</summary>
    public void HoldPublishTo(string exchange) => _heldExchange = exchange;

    /// <summary>Keeps back the next acknowledgement of a message of a queue.</summary>
    public void HoldAcknowledgementOf(string queue) => _heldQueue = queue;

    /// <summary>
    /// Has the server close the channel on which a queue is consumed, as it does when a message is not acknowledged in time: here because it
    /// is told of a message that it never delivered.
    /// </summary>
    public async Task BreakChannelOf(string queue, CancellationToken cancellationToken)
    {
        var (server, writing, channel) = _consumers[queue];
        var frame = new byte[FrameHeaderLength + 13 + 1];
        frame[0] = MethodFrame;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), channel);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(3), 13);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(FrameHeaderLength), BasicAck);
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(FrameHeaderLength + 4), long.MaxValue);
        frame[^1] = FrameEnd;
        await WriteAsync(server, writing, frame, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ForwardAsync(Stream worker, Stream server, CancellationToken cancellationToken)
    {
        var header = new byte[ProtocolHeaderLength];
        await worker.ReadExactlyAsync(header, cancellationToken);
        await server.WriteAsync(header, cancellationToken);

        var queues = new Dictionary<ushort, string>();
        var acknowledged = new Dictionary<ushort, HashSet<ulong>>();
        var held = new HashSet<ushort>();
        using var writing = new SemaphoreSlim(1);
        while (await ReadFrameAsync(worker, cancellationToken) is { } frame)
        {
            var channel = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(1));
            if (held.Contains(channel) || IsHeld(frame, channel, queues))
            {
                held.Add(channel);
                KeptBack.Increment();
                continue;
            }

            await WriteAsync(server, writing, frame, cancellationToken);
            if (MethodOf(frame) == BasicConsume)
            {
                _consumers[queues[channel]] = (server, writing, channel);
                if (queues[channel] == WatchedQueue)
                {
                    Consumed.Increment();
                }
            }

            if (MethodOf(frame) == BasicAck && queues.GetValueOrDefault(channel) is { } queue && queue == WatchedQueue)
            {
                Acknowledged.Add(Acknowledge(frame.AsSpan(FrameHeaderLength), channel, acknowledged));
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

    /// <returns>How many messages the acknowledgement adds to those of its channel.</returns>
    private static int Acknowledge(ReadOnlySpan<byte> method, ushort channel, Dictionary<ushort, HashSet<ulong>> acknowledged)
    {
        if (!acknowledged.TryGetValue(channel, out var tags))
        {
            acknowledged[channel] = tags = [];
        }

        var before = tags.Count;
        var tag = BinaryPrimitives.ReadUInt64BigEndian(method[4..]);
        var isForAllUpToIt = method[12] != 0;
        for (var each = isForAllUpToIt ? 1 : tag; each <= tag; each++)
        {
            tags.Add(each);
        }

        return tags.Count - before;
    }

    private static async Task WriteAsync(Stream server, SemaphoreSlim writing, byte[] frame, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            await server.WriteAsync(frame, cancellationToken);
        }
        finally
        {
            writing.Release();
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
