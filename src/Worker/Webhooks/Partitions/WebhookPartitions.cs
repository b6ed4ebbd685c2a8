using System.Text.Json.Serialization;
using Gateway.Contracts;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>
/// Spreads the queue of first attempts over as many queues as <c>WEBHOOK_PARTITIONS</c> says, and empties those that are left over from a
/// larger number. It looks again and again: a worker with another number may have come or gone, and the broker may have lost its data.
/// </summary>
internal sealed class WebhookPartitions : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UntilDone = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestFirst = TimeSpan.FromSeconds(5);

    private readonly RabbitMqOptions _options;
    private readonly PartitionSignal _signal;
    private readonly QueueDescription _queue;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookPartitions> _logger;
    private readonly BrokerConnection _connection;
    private readonly HttpClient _management;
    private readonly PartitionBindings _bindings;
    private readonly QueueTransfer _transfer;
    private readonly string[] _sources;
    private bool _isTold;

    /// <summary>Creates it; nothing is asked of the broker yet.</summary>
    public WebhookPartitions(
        RabbitMqOptions options,
        GatewayQueues queues,
        PartitionSignal signal,
        IBus bus,
        TimeProvider time,
        ILogger<WebhookPartitions> logger)
    {
        (_options, _signal, _time, _logger) = (options, signal, time, logger);
        _queue = queues.All.Single(queue => queue.Name == QueueNames.Webhooks);
        _connection = new BrokerConnection(options, "spreading", time);
        _management = ManagementClient.Create(options);
        _bindings = new PartitionBindings(_connection, _queue);
        _transfer = new QueueTransfer(_connection);
        _sources = [bus.Topology.Message<DeliverWebhook>().EntityName];
    }

    /// <summary>Spreads the queue before the bus, which starts after this, has a message, if the broker answers soon.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_queue.Partitions > 1)
        {
            using var limit = new CancellationTokenSource(LongestFirst, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await TryPassAsync(either.Token);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _management.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var isDone = await TryPassAsync(stoppingToken);
                await _signal.WaitAsync(isDone ? Interval : UntilDone, _time, stoppingToken);
            }
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    // False while the broker is away, of which others tell.
    private async Task<bool> TryPassAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_queue.Partitions > 1)
            {
                await SpreadAsync(cancellationToken);
            }

            await EmptyLeftOversAsync(cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is OperationCanceledException || BrokerFailure.IsCauseOf(failure))
        {
            return false;
        }
    }

    private async Task SpreadAsync(CancellationToken cancellationToken)
    {
        var partitions = new List<string>();
        foreach (var partition in _queue.PartitionNames)
        {
            if (await TryDeclareAsync(partition, cancellationToken))
            {
                partitions.Add(partition);
            }
            else
            {
                await _bindings.LeaveOutAsync(partition, cancellationToken);
            }
        }

        try
        {
            await _bindings.SpreadAsync(partitions, _sources, cancellationToken);
            if (_isTold)
            {
                Log.IsSpread(_logger, _queue.Name, _queue.Partitions);
                _isTold = false;
            }
        }
        catch (Exception refused) when (RefusalIn(refused) is { } refusal)
        {
            if (!_isTold)
            {
                Log.NotSpread(_logger, _queue.Name, _queue.Partitions, refusal);
                _isTold = true;
            }

            await _bindings.GatherAsync(_sources, cancellationToken);
        }
    }

    // One that exists with other arguments is not taken from, of which DeclaredOtherwise tells; the others are.
    private async Task<bool> TryDeclareAsync(string partition, CancellationToken cancellationToken)
    {
        try
        {
            await _transfer.DeclareAsync(partition, QueueArguments.Of(_options.QueueType, partition), cancellationToken);
            return true;
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        {
            return false;
        }
    }

    // What a broker that goes away says is no refusal.
    private static string? RefusalIn(Exception exception) => exception is OperationInterruptedException
    {
        ShutdownReason: { Initiator: ShutdownInitiator.Peer, ReplyCode: not Constants.ConnectionForced } reason,
    }
        ? reason.ReplyText
        : null;

    // From the last one on, so that where only a queue itself can be asked for, none is behind a gap.
    private async Task EmptyLeftOversAsync(CancellationToken cancellationToken)
    {
        foreach (var (partition, type) in await FindLeftOversAsync(cancellationToken))
        {
            await _bindings.LeaveOutAsync(partition, cancellationToken);
            // Those who take from it go on doing so.
            if (await _transfer.FindAsync(partition, cancellationToken) is not { ConsumerCount: 0 })
            {
                continue;
            }

            var moved = await _transfer.MoveAsync(partition, _queue.Name, cancellationToken);
            if (await _transfer.TryDeleteAsync(partition, type, cancellationToken))
            {
                Log.Emptied(_logger, partition, moved, _queue.Name);
            }
        }
    }

    private async Task<IEnumerable<(string Name, QueueType Type)>> FindLeftOversAsync(CancellationToken cancellationToken)
    {
        if (await TryListAsync(cancellationToken) is { } queues)
        {
            return queues
                .Where(queue => QueueNames.WithoutPartition(queue.Name) == _queue.Name)
                .Select(queue => (queue.Name, queue.Type, Number: QueueNames.NumberOf(queue.Name)))
                .Where(queue => queue.Number > _queue.Partitions)
                .OrderByDescending(queue => queue.Number)
                .Select(queue => (queue.Name, queue.Type == "quorum" ? QueueType.Quorum : QueueType.Classic));
        }

        var found = new Stack<(string, QueueType)>();
        for (var name = Next(); await _transfer.FindAsync(name, cancellationToken) is not null; name = Next())
        {
            found.Push((name, _options.QueueType));
        }

        return found;

        string Next() => QueueNames.PartitionOf(_queue.Name, _queue.Partitions + found.Count + 1);
    }

    private async Task<ListedQueue[]?> TryListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var path = $"/api/queues/{Uri.EscapeDataString(_options.VirtualHost)}?columns=name,type";
            var found = await _management.GetFromJsonAsync<ListedQueue[]>(path, cancellationToken);
            return found is not null && found.All(queue => queue is { Name: not null }) ? found : null;
        }
        catch (Exception exception) when (ManagementFailure.IsCauseOf(exception, cancellationToken))
        {
            return null;
        }
    }

    private sealed record ListedQueue(
        [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("type")] string? Type);
}
