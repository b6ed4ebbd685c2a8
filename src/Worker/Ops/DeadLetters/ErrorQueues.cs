using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Broker;
using Gateway.Worker.Webhooks.Register;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>
/// Looks through error queues. What is looked at is held unacknowledged and goes back, in its place, when the look is over:
/// two operators never see the same message at once, and a worker that dies leaves everything where it was.
/// </summary>
public sealed class ErrorQueues(BrokerConnection connection, IDeliveryRegister register, TimeProvider time)
{
    /// <summary>How far one look goes.</summary>
    public const int DeepestLook = 20_000;

    // When a connection breaks, the client forgets the confirms that are due (rabbitmq-dotnet-client issue 1930).
    private static readonly TimeSpan LongestPublish = TimeSpan.FromSeconds(10);

    /// <summary>The letters that match, the oldest first.</summary>
    /// <returns>At most <paramref name="limit"/> letters, and whether there may be more.</returns>
    internal async Task<(IReadOnlyList<DeadLetterMessage> Letters, bool HasMore)> ListAsync(
        string queue, DeadLetterFilter filter, int limit, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetterMessage>();
        var hasMore = await LookAsync(
            queue,
            hasConfirms: false,
            (_, letter) =>
            {
                if (filter.Takes(letter))
                {
                    letters.Add(letter);
                }

                return Task.FromResult(letters.Count < limit);
            },
            cancellationToken);
        return (letters, hasMore);
    }

    /// <summary>
    /// Puts letters that match back into their queue, as if nobody had tried them. Each is published, confirmed, and only then taken out of
    /// the error queue: a crash in between leaves it in both.
    /// </summary>
    /// <param name="queue">The queue.</param>
    /// <param name="filter">Which.</param>
    /// <param name="limit">The most letters.</param>
    /// <param name="onRequeued">Told of each, and when.</param>
    /// <param name="cancellationToken">Ends it after the letter that is being moved.</param>
    /// <exception cref="TimeoutException">Redis or the broker did not answer. The letter is where it was, or in both queues.</exception>
    internal async Task<(int Requeued, bool HasMore)> RequeueAsync(
        string queue, DeadLetterFilter filter, int limit, Action<DeadLetterMessage, DateTimeOffset> onRequeued, CancellationToken cancellationToken)
    {
        var requeued = 0;
        var hasMore = await LookAsync(
            queue,
            hasConfirms: true,
            async (channel, letter) =>
            {
                if (filter.Takes(letter))
                {
                    if (letter is { IsWebhook: true, JobId: { } deliveryId })
                    {
                        // Else the outcome of the last attempt could pass for that of the first one. A success stays known: it is not sent twice.
                        await register.ForgetAsync(deliveryId, evenDelivered: false);
                    }

                    // Read before it is published: its first attempt may begin at once, and comes after this.
                    var requeuedAt = time.GetUtcNow();
                    var (properties, body) = letter.Anew(requeuedAt);
                    await channel.BasicPublishAsync(exchange: "", letter.Destination, mandatory: true, properties, body, CancellationToken.None)
                        .AsTask().WaitAsync(LongestPublish, time, CancellationToken.None);
                    await channel.BasicAckAsync(letter.DeliveryTag, multiple: false, CancellationToken.None);
                    requeued++;
                    onRequeued(letter, requeuedAt);
                }

                return requeued < limit;
            },
            cancellationToken);
        return (requeued, hasMore);
    }

    /// <summary>Takes one letter out of the error queue, for good.</summary>
    /// <returns>The letter; null when it is not there, or in another operator's hands.</returns>
    internal async Task<DeadLetterMessage?> DropAsync(string queue, string id, CancellationToken cancellationToken)
    {
        DeadLetterMessage? dropped = null;
        await LookAsync(
            queue,
            hasConfirms: false,
            async (channel, letter) =>
            {
                if (letter.Id == id)
                {
                    await channel.BasicAckAsync(letter.DeliveryTag, multiple: false, CancellationToken.None);
                    dropped = letter;
                }

                return dropped is null;
            },
            cancellationToken);
        return dropped;
    }

    /// <param name="queue">The queue.</param>
    /// <param name="hasConfirms">Whether publishing is confirmed.</param>
    /// <param name="look">Looks at one letter, and says whether to go on.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>Whether there was something left to look at.</returns>
    private async Task<bool> LookAsync(string queue, bool hasConfirms, Func<IChannel, DeadLetterMessage, Task<bool>> look, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(hasConfirms, cancellationToken);
        try
        {
            for (var looked = 0; looked < DeepestLook; looked++)
            {
                if (await channel.BasicGetAsync(QueueNames.ErrorsOf(queue), autoAck: false, cancellationToken) is not { } got)
                {
                    return false;
                }

                if (!await look(channel, new DeadLetterMessage(queue, got)))
                {
                    return got.MessageCount > 0;
                }
            }

            return true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // The error queue comes with its first letter.
            return false;
        }
    }
}
