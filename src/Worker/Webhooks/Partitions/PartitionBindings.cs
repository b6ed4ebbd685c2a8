using Gateway.Worker.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>
/// Leads what is published for a queue to its partitions: from the exchange that is called as the queue over one of the type
/// <c>x-random</c>, which gives each message to one of them. Not by merchant or id: publishers set what they like, and the largest merchant
/// would fill one partition. Whatever is undone is undone after what replaces it is there: rather twice than not at all.
/// </summary>
/// <param name="connection">The way to the broker.</param>
/// <param name="queue">The queue, and over how many it is spread.</param>
internal sealed class PartitionBindings(BrokerConnection connection, QueueDescription queue)
{
    private string Spreading => queue.Name + ".partitions";

    // For what the spreading exchange leads nowhere, as it may for a moment while its bindings change.
    private string Unrouted => queue.Name + ".unrouted";

    /// <summary>Leads everything to the partitions.</summary>
    /// <param name="partitions">Their queues.</param>
    /// <param name="sources">The exchanges to which the queue's messages are published, besides that of its name.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="OperationInterruptedException">The broker does not know that type of exchange, or has one of another.</exception>
    public async Task SpreadAsync(
        IEnumerable<string> partitions, IEnumerable<string> sources, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        await DeclareFanoutAsync(channel, Unrouted, cancellationToken);
        await channel.QueueBindAsync(queue.Name, Unrouted, "", cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(
            Spreading,
            "x-random",
            durable: true,
            arguments: new Dictionary<string, object?> { ["alternate-exchange"] = Unrouted },
            cancellationToken: cancellationToken);
        foreach (var partition in partitions)
        {
            await channel.QueueBindAsync(partition, Spreading, "", cancellationToken: cancellationToken);
        }

        await LeadToQueueExchangeAsync(channel, sources, cancellationToken);
        await channel.ExchangeBindAsync(Spreading, queue.Name, "", cancellationToken: cancellationToken);
        await channel.QueueUnbindAsync(queue.Name, queue.Name, "", cancellationToken: cancellationToken);
        // Once more, should a worker that gathers everything have undone it in between, as this has undone what that one did.
        await channel.ExchangeBindAsync(Spreading, queue.Name, "", cancellationToken: cancellationToken);
        await channel.CloseAsync(cancellationToken);
    }

    /// <summary>Leads everything to the queue itself, as it is without partitions, and nothing to those any more.</summary>
    /// <param name="sources">As in <see cref="SpreadAsync"/>.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task GatherAsync(IEnumerable<string> sources, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        await LeadToQueueExchangeAsync(channel, sources, cancellationToken);
        await channel.QueueBindAsync(queue.Name, queue.Name, "", cancellationToken: cancellationToken);
        // Where its type is no longer known, nothing at all could be published while it is bound.
        await channel.ExchangeUnbindAsync(Spreading, queue.Name, "", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue.Name, queue.Name, "", cancellationToken: cancellationToken);
        await channel.CloseAsync(cancellationToken);
    }

    /// <summary>Leads nothing more to a partition.</summary>
    public async Task LeaveOutAsync(string partition, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        await channel.QueueUnbindAsync(partition, Spreading, "", cancellationToken: cancellationToken);
        await channel.CloseAsync(cancellationToken);
    }

    private async Task LeadToQueueExchangeAsync(IChannel channel, IEnumerable<string> sources, CancellationToken cancellationToken)
    {
        await DeclareFanoutAsync(channel, queue.Name, cancellationToken);
        foreach (var source in sources)
        {
            await DeclareFanoutAsync(channel, source, cancellationToken);
            await channel.ExchangeBindAsync(queue.Name, source, "", cancellationToken: cancellationToken);
        }
    }

    private static Task DeclareFanoutAsync(IChannel channel, string exchange, CancellationToken cancellationToken) =>
        channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
}
