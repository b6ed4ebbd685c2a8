using System.Text;
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
    ILogger<OutboxDispatcher> logger,
    BrokerProbe? probe = null) : BackgroundService
{
    // After this the broker confirms, and the outcome is kept, within the time that the messages belong to this worker.
    private static readonly TimeSpan LongestLastCommit = TimeSpan.FromSeconds(10);

    private readonly FailureNotice _failures = new(time);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // A publish would wait for the broker as well, but with a batch in hand.
                var isBrokerAway = bus.CheckHealth().Status == BusHealthStatus.Unhealthy;
                var pause = isBrokerAway ? options.RetryDelay : await DispatchBatchAsync(stoppingToken);
                if (!isBrokerAway && _failures.Worked())
                {
                    Log.DispatchesAgain(logger);
                }

                if (pause > TimeSpan.Zero)
                {
                    await signal.WaitAsync(pause, time, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (_failures.Failed(out var failures))
                {
                    Log.DispatchFailed(logger, failures, options.RetryDelay.TotalSeconds, exception);
                }

                await Task.Delay(options.RetryDelay, time, stoppingToken);
            }
        }
    }

    /// <summary>Publishes a batch.</summary>
    /// <returns>How long there is nothing to do, unless more is written; zero when more waits already.</returns>
    private async Task<TimeSpan> DispatchBatchAsync(CancellationToken stoppingToken)
    {
        var takenAt = time.GetTimestamp();
        var batch = await OutboxBatch.TakeAsync(database, options.BatchSize, options.Lease, time, stoppingToken);
        if (batch.Messages.Count == 0)
        {
            return options.PollInterval;
        }

        var outcome = new BatchOutcome();
        await PublishAllAsync([.. batch.Messages.Where(message => !message.MustWait && !message.IsSuspect)], outcome, stoppingToken);
        var isSorted = await FindNotTakenAsync(batch, outcome, takenAt, stoppingToken);
        if (outcome.Failures.IsEmpty)
        {
            await TrySuspectAsync(batch, outcome, stoppingToken);
        }

        await CompleteAsync(batch, outcome, takenAt, stoppingToken);

        stoppingToken.ThrowIfCancellationRequested();
        if (!isSorted && outcome.Failures.TryPeek(out var failure))
        {
            var ended = outcome.Published.Count + outcome.Unreadable.Count + outcome.Refused.Count;
            throw new OutboxPublishException(batch.Messages.Count - ended, failure);
        }

        if (batch.Messages.All(message => message.MustWait))
        {
            return options.TurnDelay;
        }

        // Less than a full batch was all there was, but for what waits for another worker.
        var waitsMore = isSorted || batch.Messages.Count >= options.BatchSize || batch.Messages.Any(message => message.MustWait);
        return waitsMore ? TimeSpan.Zero : options.PollInterval;
    }

    private async Task PublishAllAsync(IReadOnlyList<TakenMessage> messages, BatchOutcome outcome, CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(options.PublishTimeout, time);
        using var stall = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stall.Token, stoppingToken);
        await Parallel.ForEachAsync(
            messages.GroupBy(message => message.OrderingKey),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency },
            async (ofOneKey, _) =>
            {
                foreach (var message in ofOneKey)
                {
                    if (!await TryPublishAsync(message, outcome, () => stall.CancelAfter(options.StallTimeout), either.Token))
                    {
                        // The rest of the key waits, the other keys go on.
                        return;
                    }
                }
            });
    }

    // A message that is too large for the broker keeps everything else on its channel from being confirmed. When the smallest one passes
    // alone, the largest ones are tried alone until one passes as well: those before it are at fault. Of one that has nothing beside it the
    // broker is asked whether it takes any of its size.
    private async Task<bool> FindNotTakenAsync(OutboxBatch batch, BatchOutcome outcome, long takenAt, CancellationToken stoppingToken)
    {
        if (outcome.Failures.IsEmpty || bus.CheckHealth().Status == BusHealthStatus.Unhealthy)
        {
            return false;
        }

        var firsts = batch.Messages.Where(message => !message.MustWait && !message.IsSuspect && !outcome.HasEnded(message.Position))
            .GroupBy(message => message.OrderingKey)
            .Select(ofOneKey => ofOneKey.First())
            .OrderByDescending(message => message.Body.Length)
            .ToList();
        if (firsts is [var only])
        {
            if (!await IsTooLargeAsync(only, stoppingToken))
            {
                return false;
            }

            Refuse(only, OutboxMessage.NotTaken, outcome);
            return true;
        }

        if (firsts.Count == 0 || !await PassesAloneAsync(firsts[^1], outcome, stoppingToken))
        {
            return false;
        }

        var hasFound = false;
        foreach (var message in firsts.SkipLast(1).TakeWhile(_ => time.GetElapsedTime(takenAt) < options.PublishTimeout))
        {
            if (await PassesAloneAsync(message, outcome, stoppingToken))
            {
                break;
            }

            Refuse(message, OutboxMessage.NotTaken, outcome);
            hasFound = true;
        }

        return hasFound;
    }

    private async Task<bool> IsTooLargeAsync(TakenMessage message, CancellationToken stoppingToken)
    {
        using var stall = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, stoppingToken);
        return probe is not null && await probe.RefusesAsync(Encoding.UTF8.GetByteCount(message.Body), either.Token);
    }

    // One of those that the broker did not take before, alone, after the others; the rest of them has its turn later.
    private async Task TrySuspectAsync(OutboxBatch batch, BatchOutcome outcome, CancellationToken stoppingToken)
    {
        var suspects = batch.Messages.Where(message => message is { IsSuspect: true, MustWait: false })
            .OrderBy(message => message.Refusals).ToList();
        foreach (var message in suspects)
        {
            if (message != suspects[0] || !await PassesAloneAsync(message, outcome, stoppingToken))
            {
                Refuse(message, OutboxMessage.NotTaken, outcome);
            }
        }
    }

    private async Task<bool> PassesAloneAsync(TakenMessage message, BatchOutcome outcome, CancellationToken stoppingToken)
    {
        using var stall = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, stoppingToken);
        try
        {
            await PublishAsync(message, outcome, () => stall.CancelAfter(options.StallTimeout), either.Token);
            return true;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            if (!Refusal.IsReturn(exception))
            {
                return false;
            }

            Refuse(message, Refusal.Returned, outcome);
            return true;
        }
    }

    // Also when the worker stops, and when the database is away for a moment: else what is confirmed already would be published again.
    private async Task CompleteAsync(OutboxBatch batch, BatchOutcome outcome, long takenAt, CancellationToken stoppingToken)
    {
        using var lastCommit = new CancellationTokenSource();
        await using var stop = stoppingToken.Register(() => lastCommit.CancelAfter(LongestLastCommit));
        while (true)
        {
            try
            {
                await batch.CompleteAsync([.. outcome.Published], outcome.Unreadable, outcome.Refused, lastCommit.Token);
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested && time.GetElapsedTime(takenAt) < options.Lease)
            {
                if (_failures.Failed(out _))
                {
                    Log.NotCompleted(logger, options.RetryDelay.TotalSeconds, exception);
                }

                await Task.Delay(options.RetryDelay, time, stoppingToken);
            }
        }
    }

    /// <summary>False when the rest of its key must wait.</summary>
    private async Task<bool> TryPublishAsync(
        TakenMessage message, BatchOutcome outcome, Action confirmed, CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(message, outcome, confirmed, cancellationToken);
            return true;
        }
        catch (Exception exception)
        {
            if (Refusal.IsReturn(exception))
            {
                Refuse(message, Refusal.Returned, outcome);
                return true;
            }

            outcome.Failures.Enqueue(exception);
            return false;
        }
    }

    private void Refuse(TakenMessage message, string reason, BatchOutcome outcome)
    {
        outcome.Refused[message.Position] = reason;
        if (message.Refusals == 0)
        {
            Log.Refused(logger, message.Position, message.MessageType, message.MessageId, message.Body.Length, reason);
        }
    }

    private async Task PublishAsync(
        TakenMessage message, BatchOutcome outcome, Action confirmed, CancellationToken cancellationToken)
    {
        var contractName = BundledMessage.ContractOf(message.MessageType, out var isBundle);
        if (typeof(DeliverWebhook).Assembly.GetType(contractName) is not { } type)
        {
            // One that a newer version has written, whose workers publish it.
            Refuse(message, $"This version of the worker knows no contract {message.MessageType}.", outcome);
            return;
        }

        if (!TryRead(message, type, isBundle, out var contracts, out var reason))
        {
            Log.Unreadable(logger, message.Position, message.MessageType, reason);
            outcome.Unreadable[message.Position] = reason;
            return;
        }

        if (contracts is [var single])
        {
            await PublishOneAsync(single, cancellationToken);
        }
        else
        {
            await Parallel.ForEachAsync(
                contracts,
                new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
                async (one, stop) => await PublishOneAsync(one, stop));
        }

        outcome.Published.Add(message.Position);

        async Task PublishOneAsync((Guid MessageId, string? TraceParent, object Contract) one, CancellationToken stop)
        {
            var pipe = Pipe.Execute<PublishContext>(publish =>
            {
                (publish.MessageId, publish.Mandatory) = (one.MessageId, message.MustArrive);
                if (one.TraceParent is { } trace)
                {
                    publish.Headers.Set(DiagnosticHeaders.ActivityId, trace);
                }
            });
            await bus.Publish(one.Contract, type, pipe, stop).EndingWith(stop);
            confirmed();
        }
    }

    private static bool TryRead(
        TakenMessage message,
        Type type,
        bool isBundle,
        out List<(Guid MessageId, string? TraceParent, object Contract)> contracts,
        out string reason)
    {
        (contracts, reason) = ([], "The body is null.");
        try
        {
            if (!isBundle)
            {
                if (JsonSerializer.Deserialize(message.Body, type) is { } contract)
                {
                    contracts.Add((message.MessageId, message.TraceParent, contract));
                }

                return contracts.Count > 0;
            }

            foreach (var one in JsonSerializer.Deserialize<BundledMessage[]>(message.Body) ?? [])
            {
                if (one is not { Message.ValueKind: JsonValueKind.Object } || one.Message.Deserialize(type) is not { } contract)
                {
                    return false;
                }

                contracts.Add((one.MessageId, one.TraceParent, contract));
            }

            return contracts.Count > 0;
        }
        catch (JsonException exception)
        {
            // Its path and not its message, which may quote the body.
            reason = $"The body does not fit the contract at {exception.Path ?? "$"}.";
            return false;
        }
    }
}
