using Gateway.Contracts;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.Topology;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>
/// Spreads the queue of first attempts over as many queues as <c>WEBHOOK_PARTITIONS</c> says, and empties those that are left over from a
/// larger number. It looks again and again: a worker with another number may have come or gone, and the broker may have lost its data.
/// </summary>
internal sealed class WebhookPartitions : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IntervalOfNone = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UntilDone = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestFirst = TimeSpan.FromSeconds(5);

    // A broker in alarm confirms nothing.
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(1);

    private readonly RabbitMqOptions _options;
    private readonly PartitionSignal _signal;
    private readonly QueueDescription _queue;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookPartitions> _logger;
    private readonly BrokerConnection _connection;
    private readonly PartitionBindings _bindings;
    private readonly LeftOverPartitions _leftOvers;
    private readonly QueueTransfer _transfer;
    private readonly string[] _sources;
    private readonly HashSet<string> _refused = [];
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
        _bindings = new PartitionBindings(_connection, _queue);
        _leftOvers = new LeftOverPartitions(options, _queue, _connection, _bindings, logger);
        _transfer = new QueueTransfer(_connection);
        _sources = [bus.Topology.Message<DeliverWebhook>().EntityName];
    }

    /// <summary>Spreads the queue before the bus, which starts after this, has a message, if the broker answers soon.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_queue.Partitions > 1)
        {
            await TryAsync(SpreadAsync, LongestFirst, cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _leftOvers.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var hadLeftOvers = false;
        try
        {
            while (true)
            {
                var isDone = _queue.Partitions == 1 || await TryAsync(SpreadAsync, LongestLook, stoppingToken);
                isDone &= await TryAsync(EmptyAsync, LongestLook, stoppingToken);
                var pause = !isDone ? UntilDone : _queue.Partitions == 1 && !hadLeftOvers ? IntervalOfNone : Interval;
                await _signal.WaitAsync(pause, _time, stoppingToken);
            }
        }
        finally
        {
            await _connection.DisposeAsync();
        }

        async Task EmptyAsync(CancellationToken cancellationToken)
        {
            if (await _leftOvers.EmptyAsync(cancellationToken) is not { } count)
            {
                return;
            }

            if (_queue.Partitions == 1 && hadLeftOvers && count == 0)
            {
                // The last one is gone, and with it all that the plug-in was needed for.
                await _bindings.GatherAsync(_sources, cancellationToken);
            }

            hadLeftOvers = count > 0;
            if (_leftOvers.HasMore)
            {
                _signal.Set();
            }
        }
    }

    // False while the broker is away, of which others tell.
    private async Task<bool> TryAsync(Func<CancellationToken, Task> step, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await step(either.Token);
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
        // What was deleted in between is declared at the next look.
        catch (OperationInterruptedException refused) when (RefusalIn(refused) is { ReplyCode: not Constants.NotFound } reason)
        {
            if (!_isTold)
            {
                var remedy = reason.ReplyCode == Constants.CommandInvalid
                    ? "RabbitMQ needs its plug-in for that: 'rabbitmq-plugins enable rabbitmq_random_exchange' at each node"
                    : "See what the exchange is, and what the worker's user may do";
                Log.NotSpread(_logger, _queue.Name, _queue.Partitions, reason.ReplyText, remedy);
                _isTold = true;
            }

            await _bindings.GatherAsync(_sources, cancellationToken);
        }
    }

    // One that exists with other arguments, that the user may not have or whose node is down is not taken from; the others are.
    private async Task<bool> TryDeclareAsync(string partition, CancellationToken cancellationToken)
    {
        try
        {
            await _transfer.DeclareAsync(partition, QueueArguments.Of(_options.QueueType, partition), cancellationToken);
            _refused.Remove(partition);
            return true;
        }
        catch (OperationInterruptedException refused) when (RefusalIn(refused) is { } reason)
        {
            if (_refused.Add(partition))
            {
                Log.PartitionLeftOut(_logger, partition, reason.ReplyText);
            }

            return false;
        }
    }

    // What a broker that goes away says is no refusal.
    private static ShutdownEventArgs? RefusalIn(OperationInterruptedException exception) => exception.ShutdownReason is
    {
        Initiator: ShutdownInitiator.Peer,
        ReplyCode: Constants.AccessRefused or Constants.NotFound or Constants.ResourceLocked or Constants.PreconditionFailed
            or Constants.CommandInvalid,
    } reason
        ? reason
        : null;
}
