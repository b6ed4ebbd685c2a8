using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Worker.Bus.ClosedChannels;
using MassTransit;
using MassTransit.Logging;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Outbox;

/// <summary>
/// Publishes what waits in the outbox and deletes what the broker has confirmed. Several workers share the work; the messages of one
/// key keep their order. A worker that dies in between leaves its messages to the next, which publishes some once more, under their ids.
/// </summary>
public sealed class OutboxDispatcher(
    IDbContextFactory<GatewayDbContext> database,
    IBusControl bus,
    OutboxSignal signal,
    OutboxOptions options,
    TimeProvider time,
    ILogger<OutboxDispatcher> logger) : BackgroundService
{
    private static readonly TimeSpan LongestCompletion = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // A publish would wait for the broker as well, but with the rows of its batch locked.
                var isBrokerAway = bus.CheckHealth().Status == BusHealthStatus.Unhealthy;
                var isLooking = !isBrokerAway && await DispatchBatchAsync(stoppingToken);
                if (!isLooking)
                {
                    await signal.WaitAsync(isBrokerAway ? options.RetryDelay : options.PollInterval, time, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.DispatchFailed(logger, options.RetryDelay.TotalSeconds, exception);
                await Task.Delay(options.RetryDelay, time, stoppingToken);
            }
        }
    }

    /// <summary>True when more is to be done at once.</summary>
    private async Task<bool> DispatchBatchAsync(CancellationToken stoppingToken)
    {
        await using var batch = await OutboxBatch.TakeAsync(database, options.BatchSize, stoppingToken);
        if (batch.Messages.Count == 0)
        {
            return false;
        }

        ConcurrentBag<long> published = [];
        ConcurrentDictionary<long, string> unreadable = [];
        ConcurrentQueue<Exception> failures = [];
        using var limit = new CancellationTokenSource(options.PublishTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        await Parallel.ForEachAsync(
            batch.Messages.GroupBy(message => message.OrderingKey),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency },
            async (ofOneKey, _) =>
            {
                try
                {
                    foreach (var message in ofOneKey.TakeWhile(message => !message.MustWait))
                    {
                        await PublishAsync(message, unreadable, either.Token);
                        published.Add(message.Position);
                    }
                }
                catch (Exception exception)
                {
                    // The rest of the key waits, the other keys go on.
                    failures.Enqueue(exception);
                }
            });

        // Also when the worker stops: else what is confirmed already would be published again.
        using var completion = new CancellationTokenSource(LongestCompletion, time);
        await batch.CompleteAsync([.. published.Where(position => !unreadable.ContainsKey(position))], unreadable, completion.Token);

        stoppingToken.ThrowIfCancellationRequested();
        if (failures.TryPeek(out var failure))
        {
            throw new OutboxPublishException(batch.Messages.Count - published.Count, failure);
        }

        // Less than a full batch was all there was, but for what waits for another worker.
        return batch.Messages.Count == options.BatchSize || batch.Messages.Any(message => message.MustWait);
    }

    private async Task PublishAsync(TakenMessage message, ConcurrentDictionary<long, string> unreadable, CancellationToken cancellationToken)
    {
        if (!TryRead(message, out var type, out var contract, out var reason))
        {
            Log.Unreadable(logger, message.Position, message.MessageType, reason);
            unreadable[message.Position] = reason;
            return;
        }

        var pipe = Pipe.Execute<PublishContext>(publish =>
        {
            (publish.MessageId, publish.Mandatory) = (message.MessageId, message.MustArrive);
            if (message.TraceParent is { } trace)
            {
                publish.Headers.Set(DiagnosticHeaders.ActivityId, trace);
            }
        });
        await bus.Publish(contract, type, pipe, cancellationToken).EndingWith(cancellationToken);
    }

    private static bool TryRead(TakenMessage message, out Type type, out object contract, out string reason)
    {
        (type, contract, reason) = (typeof(object), message, "");
        if (typeof(DeliverWebhook).Assembly.GetType(message.MessageType) is not { } known)
        {
            reason = $"This version of the worker knows no contract {message.MessageType}.";
            return false;
        }

        try
        {
            if (JsonSerializer.Deserialize(message.Body, known) is not { } read)
            {
                reason = "The body is null.";
                return false;
            }

            (type, contract) = (known, read);
            return true;
        }
        catch (JsonException exception)
        {
            // Its path and not its message, which may quote the body.
            reason = $"The body does not fit the contract at {exception.Path ?? "$"}.";
            return false;
        }
    }
}
