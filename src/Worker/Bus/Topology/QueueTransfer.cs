using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus.Topology;

/// <summary>
/// Takes the messages of a queue to another one. Each is acknowledged when the other queue has confirmed it: what was under way when it is
/// broken off may be there twice, and nothing is lost.
/// </summary>
/// <param name="connection">The way to the broker.</param>
internal sealed class QueueTransfer(BrokerConnection connection)
{
    // All of these are in memory, and bodies may be large.
    private const int InHand = 200;
    private const int MostBytes = 16 * 1024 * 1024;

    /// <summary>Looks for a queue; null where there is none.</summary>
    public async Task<QueueDeclareOk?> FindAsync(string queue, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
            return await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }

    /// <summary>Declares a durable queue.</summary>
    public async Task DeclareAsync(string queue, IReadOnlyDictionary<string, object> arguments, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        await channel.QueueDeclareAsync(
            queue,
            durable: true,
            exclusive: false,
            autoDelete: false,
            arguments.ToDictionary(pair => pair.Key, pair => (object?)pair.Value),
            cancellationToken: cancellationToken);
    }

    /// <summary>Takes all that is there.</summary>
    /// <param name="from">The queue from which it is taken.</param>
    /// <param name="to">The queue to which it goes.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <param name="most">After how many messages, about, it ends although more are there.</param>
    /// <returns>How many messages that were.</returns>
    public async Task<long> MoveAsync(string from, string to, CancellationToken cancellationToken, int most = int.MaxValue)
    {
        await using var taking = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        await using var giving = await connection.OpenChannelAsync(hasConfirms: true, cancellationToken);
        for (var moved = 0L; ;)
        {
            var some = new List<BasicGetResult>(InHand);
            var bytes = 0;
            while (some.Count < InHand && bytes < MostBytes
                && await taking.BasicGetAsync(from, autoAck: false, cancellationToken) is { } message)
            {
                some.Add(message);
                bytes += message.Body.Length;
            }

            if (some.Count == 0)
            {
                return moved;
            }

            await Task.WhenAll(some.Select(message => GiveAsync(giving, to, message, cancellationToken)));
            await taking.BasicAckAsync(some[^1].DeliveryTag, multiple: true, cancellationToken);
            moved += some.Count;
            if (moved >= most)
            {
                return moved;
            }
        }
    }

    private static async Task GiveAsync(IChannel channel, string queue, BasicGetResult message, CancellationToken cancellationToken)
    {
        var properties = new BasicProperties(message.BasicProperties);
        // The broker takes this from that user alone.
        properties.ClearUserId();
        if (message.Redelivered)
        {
            // The broker says so of this message, and would not of the one that takes its place.
            properties.Headers = properties.Headers is { } headers ? new Dictionary<string, object?>(headers) : [];
            properties.Headers[RedeliveredMark.Header] = RedeliveredMark.Value;
        }

        await channel.BasicPublishAsync("", queue, mandatory: true, properties, message.Body, cancellationToken);
    }

    /// <summary>
    /// Deletes a queue that is empty. Quorum queues do not know this condition, and what is published to one by its name while it is being
    /// deleted is lost.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="type">Its type.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <param name="ifUnused">Whether somebody who takes from it keeps it.</param>
    /// <returns>False when something, or somebody, has come meanwhile.</returns>
    public async Task<bool> TryDeleteAsync(string queue, QueueType type, CancellationToken cancellationToken, bool ifUnused = false)
    {
        if (type == QueueType.Quorum
            && await FindAsync(queue, cancellationToken) is { } found && (found.MessageCount > 0 || (ifUnused && found.ConsumerCount > 0)))
        {
            return false;
        }

        try
        {
            await using var channel = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
            await channel.QueueDeleteAsync(
                queue, ifUnused && type == QueueType.Classic, ifEmpty: type == QueueType.Classic, cancellationToken: cancellationToken);
            return true;
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        {
            return false;
        }
    }
}
