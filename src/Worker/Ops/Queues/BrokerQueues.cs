using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Ops.Queues;

/// <summary>
/// Asks RabbitMQ how full the queues are: by its management API, whose figures are up to five seconds old, and where that is away, slow or
/// answers something else, by asking for each queue, which tells less.
/// </summary>
public sealed class BrokerQueues(
    RabbitMqOptions options, GatewayQueues known, DelayedDestinations delays, TimeProvider time, ILogger<BrokerQueues> logger)
    : IAsyncDisposable
{
    private readonly HttpClient _management = ManagementClient.Create(options);
    private readonly BrokerConnection _connection = new(options, "asking", time);

    /// <summary>
    /// The depths of the queues with these names, of their error and skipped queues, and of their delay queues; one that does not exist is
    /// absent.
    /// </summary>
    /// <exception cref="BrokerUnreachableException">The broker does not answer at all.</exception>
    public async Task<IReadOnlyDictionary<string, QueueDepth>> ReadAsync(
        IReadOnlyCollection<string> queues, CancellationToken cancellationToken) =>
        await AskManagementAsync(cancellationToken) ?? await AskBrokerAsync(queues, cancellationToken);

    /// <summary>How many messages each queue has in its error and its skipped queue.</summary>
    /// <exception cref="BrokerUnreachableException">The broker does not answer at all.</exception>
    public async Task<IReadOnlyDictionary<string, long>> ReadDeadAsync(CancellationToken cancellationToken)
    {
        var depths = await ReadAsync(known.Names, cancellationToken);
        return known.Names.ToDictionary(queue => queue, queue => DeadOf(queue, depths));
    }

    /// <summary>
    /// What a queue and its partitions hold together, with the fewest consumers that one of them has; null where none of them is there.
    /// </summary>
    public static QueueDepth? DepthOf(string queue, IReadOnlyDictionary<string, QueueDepth> depths) => depths
        .Where(depth => QueueNames.WithoutPartition(depth.Key) == queue)
        .Select(depth => depth.Value)
        .Aggregate((QueueDepth?)null, (all, depth) => all is null ? depth with { Name = queue } : all.With(depth));

    /// <summary>How many of these messages are in the error and the skipped queue of a queue.</summary>
    public static long DeadOf(string queue, IReadOnlyDictionary<string, QueueDepth> depths) =>
        (depths.GetValueOrDefault(QueueNames.ErrorsOf(queue))?.Total ?? 0)
        + (depths.GetValueOrDefault(QueueNames.SkippedOf(queue))?.Total ?? 0);

    /// <summary>
    /// How many of these messages wait to come to a queue later, those of steps that are no longer configured too, where the depths tell of
    /// them.
    /// </summary>
    public static long DelayedOf(string queue, IReadOnlyDictionary<string, QueueDepth> depths) =>
        depths.Values.Where(depth => depth.Name?.StartsWith($"{queue}.delay.", StringComparison.Ordinal) is true).Sum(depth => depth.Total);

    private IEnumerable<string> DelayQueuesOf(string queue) =>
        delays.Steps.Where(step => step.Destination == queue).Select(step => step.QueueName);

    /// <summary>Removes what is ready in a queue.</summary>
    /// <returns>How many messages that were; null when there is no such queue.</returns>
    public async Task<long?> PurgeAsync(string queue, CancellationToken cancellationToken)
    {
        long? purged = null;
        foreach (var partition in known.PartitionsOf(queue))
        {
            try
            {
                await using var channel = await _connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
                purged = (purged ?? 0) + await channel.QueuePurgeAsync(partition, cancellationToken);
            }
            catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                // The others are purged all the same.
            }
        }

        return purged;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _management.Dispose();
        return _connection.DisposeAsync();
    }

    private async Task<IReadOnlyDictionary<string, QueueDepth>?> AskManagementAsync(CancellationToken cancellationToken)
    {
        try
        {
            var path =
                $"/api/queues/{Uri.EscapeDataString(options.VirtualHost)}?columns=name,messages_ready,messages_unacknowledged,consumers";
            var depths = await _management.GetFromJsonAsync<QueueDepth[]>(path, cancellationToken);
            // A queue of the last seconds has no figures yet.
            return depths is { Length: > 0 } && depths.All(depth => depth is { Name: not null })
                ? depths.Where(depth => depth.Ready is not null).ToDictionary(depth => depth.Name)
                : null;
        }
        catch (Exception exception) when (ManagementFailure.IsCauseOf(exception, cancellationToken))
        {
            Log.ManagementAway(logger, string.Join(", ", options.ManagementUrls.Select(url => url.Authority)), exception.Message);
            return null;
        }
    }

    private async Task<IReadOnlyDictionary<string, QueueDepth>> AskBrokerAsync(
        IReadOnlyCollection<string> queues, CancellationToken cancellationToken)
    {
        var names = queues.SelectMany(queue => known.PartitionsOf(queue)
            .Append(QueueNames.ErrorsOf(queue))
            .Append(QueueNames.SkippedOf(queue))
            .Concat(DelayQueuesOf(queue)));
        try
        {
            return await AskForEachAsync(names, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Neither would the next question be answered on a connection that says nothing.
            _connection.GiveUp();
            throw;
        }
    }

    private async Task<IReadOnlyDictionary<string, QueueDepth>> AskForEachAsync(
        IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var depths = new Dictionary<string, QueueDepth>();
        var channel = await _connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        foreach (var name in names)
        {
            try
            {
                var found = await channel.QueueDeclarePassiveAsync(name, cancellationToken);
                depths[name] = new QueueDepth(name, found.MessageCount, Unacknowledged: null, (int)found.ConsumerCount);
            }
            catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                // The broker closes the channel over it; nothing ever waited there.
                channel = await _connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
            }
        }

        await channel.CloseAsync(cancellationToken);
        return depths;
    }
}
