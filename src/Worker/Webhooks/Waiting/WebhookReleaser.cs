using System.Diagnostics.Metrics;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using Gateway.Worker.Priority;
using Gateway.Worker.Workers;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>
/// Lets webhooks out of the waiting room when they are due: leases them, sends them, and knows the lease by then. All workers do so at once.
/// <c>gateway.waiting.released</c> counts what was sent, <c>gateway.waiting.lateness</c> is the time between due and sent.
/// </summary>
public sealed class WebhookReleaser : BackgroundService
{
    private const int MostLost = 1_000;
    private const int MostMessages = 500;
    private const int MostBytes = 4 * 1024 * 1024;

    // How late a webhook may be of which nobody gave a sign.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LostInterval = TimeSpan.FromSeconds(5);

    // Longer than a message may take to be sent, and no longer than the merchant of one that died on the way should wait.
    private static readonly TimeSpan SendingTime = TimeSpan.FromSeconds(60);

    private readonly IWaitingRoom _room;
    private readonly IReleasePublisher _publisher;
    private readonly WaitingSignal _signal;
    private readonly QueueIntakes _intakes;
    private readonly WorkerSigns _workers;
    private readonly WebhookOptions _options;
    private readonly GatewayMode _mode;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookReleaser> _logger;
    private readonly Counter<long> _released;
    private readonly Histogram<double> _lateness;
    private long? _lookedForLost;
    private bool _isWaiting;

    /// <summary>Creates the instruments.</summary>
    public WebhookReleaser(
        IWaitingRoom room,
        IReleasePublisher publisher,
        WaitingSignal signal,
        QueueIntakes intakes,
        WorkerSigns workers,
        WebhookOptions options,
        GatewayOptions gateway,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<WebhookReleaser> logger)
    {
        (_room, _publisher, _signal, _intakes, _workers, _options, _mode, _time, _logger) =
            (room, publisher, signal, intakes, workers, options, gateway.Mode, time, logger);
        var meter = meters.Create("Gateway.Worker");
        _released = meter.CreateCounter<long>("gateway.waiting.released", "{webhook}", "Webhooks that were sent out of the waiting room.");
        _released.Add(0);
        _lateness = meter.CreateHistogram<double>("gateway.waiting.lateness", "s", "The time between the moment at which a webhook was due and that at which it was sent.");
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_mode == GatewayMode.Embedded)
        {
            // What was on the road went with the last process.
            await _room.EndLeasesAsync(cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _publisher.ConnectAsync(stoppingToken);
                var released = await ReleaseAsync(stoppingToken);
                if (_isWaiting)
                {
                    _isWaiting = false;
                    Log.ReleaseGoesOn(_logger);
                }

                if (released == 0)
                {
                    await _signal.WaitAsync(PollInterval, _time, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // A server is away. What waits, waits on; what was leased and not sent is taken again when its short lease is over.
                if (!_isWaiting)
                {
                    _isWaiting = true;
                    Log.ReleaseWaits(_logger, exception);
                }

                await Task.Delay(RetryInterval, _time, stoppingToken);
            }
        }
    }

    private async Task<int> ReleaseAsync(CancellationToken cancellationToken)
    {
        var limits = new ReleaseLimits
        {
            PerMerchant = _options.Isolation.Concurrency * _workers.Alive,
            SendingTime = _options.Lease < SendingTime ? _options.Lease : SendingTime,
            ProbeTime = _options.Timeout + RetryInterval * 30,
            FirstAttempts = !_intakes.Of(QueueNames.Webhooks).IsPaused,
            Retries = !_intakes.Of(QueueNames.WebhooksRetry).IsPaused,
        };
        IReadOnlyList<ReleasedWebhook> lost = await TakeLostAsync(limits, cancellationToken);
        var due = await _room.TakeAsync(limits, cancellationToken);
        foreach (var part in InParts([.. lost, .. due]))
        {
            await SendAsync(part, cancellationToken);
        }

        return lost.Count + due.Count;
    }

    private async Task<IReadOnlyList<ReleasedWebhook>> TakeLostAsync(ReleaseLimits limits, CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        if (_lookedForLost is { } before && _time.GetElapsedTime(before, now) < LostInterval)
        {
            return [];
        }

        _lookedForLost = now;
        if (!limits.FirstAttempts || !limits.Retries)
        {
            // What lies in a queue that is paused is not lost.
            await _room.ProlongAsync(_options.Lease, cancellationToken);
            return [];
        }

        var lost = await _room.TakeLostAsync(limits.SendingTime, MostLost, cancellationToken);
        if (lost.Count > 0)
        {
            Log.SentAgain(_logger, lost.Count);
        }

        return lost;
    }

    // So many that sending keeps busy, and no more bytes than a small process has room for.
    private static IEnumerable<IReadOnlyList<ReleasedWebhook>> InParts(IReadOnlyList<ReleasedWebhook> released)
    {
        List<ReleasedWebhook> part = [];
        var bytes = 0;
        foreach (var webhook in released)
        {
            if (part.Count > 0 && (part.Count == MostMessages || bytes + webhook.MessageBytes > MostBytes))
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(webhook);
            bytes += webhook.MessageBytes;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private async Task SendAsync(IReadOnlyList<ReleasedWebhook> released, CancellationToken cancellationToken)
    {
        var entries = (await _room.ReadAsync([.. released.Select(webhook => webhook.Key)], cancellationToken))
            .ToDictionary(entry => new WaitingKey(entry.DeliveryId, entry.MerchantId));
        List<OutgoingWebhook> outgoing = [];
        foreach (var release in released)
        {
            // One that is gone was cancelled, and its lease ends with those that were not sent.
            if (entries.TryGetValue(release.Key, out var entry) && await TryReadAsync(entry, cancellationToken) is { } delivery)
            {
                outgoing.Add(new OutgoingWebhook(release, entry, delivery));
            }
        }

        var sent = await _publisher.SendAsync(outgoing, cancellationToken);
        var now = _time.GetUtcNow().UtcDateTime;
        foreach (var webhook in sent)
        {
            _lateness.Record(Math.Max(0, (now - webhook.Entry.DueAt).TotalSeconds));
        }

        _released.Add(sent.Count);
        var keys = sent.Select(webhook => webhook.Release.Key).ToHashSet();
        // Also when the worker stops: what is on the road has its lease by then.
        foreach (var ofOneRelease in released.GroupBy(webhook => webhook.ReleaseId))
        {
            WaitingKey[] gone = [.. ofOneRelease.Select(webhook => webhook.Key).Where(keys.Contains)];
            WaitingKey[] left = [.. ofOneRelease.Select(webhook => webhook.Key).Where(key => !keys.Contains(key))];
            if (gone.Length > 0)
            {
                await _room.SentAsync(ofOneRelease.Key, gone, _options.Lease, CancellationToken.None);
            }

            if (left.Length > 0)
            {
                await _room.NotSentAsync(ofOneRelease.Key, left, CancellationToken.None);
            }
        }
    }

    private async Task<DeliverWebhook?> TryReadAsync(WaitingWebhook entry, CancellationToken cancellationToken)
    {
        string reason;
        try
        {
            if (JsonSerializer.Deserialize<DeliverWebhook>(entry.Message) is { } delivery
                && delivery.DeliveryId == entry.DeliveryId && delivery.Attempt == entry.Attempt - 1)
            {
                return delivery;
            }

            reason = "Its message is for another delivery or another attempt.";
        }
        catch (JsonException exception)
        {
            // Its path and not its message, which may quote the payload.
            reason = $"Its message does not fit the contract at {exception.Path ?? "$"}.";
        }

        Log.Unreadable(_logger, entry.DeliveryId, entry.MerchantId, reason);
        await _room.SetAsideAsync(new WaitingKey(entry.DeliveryId, entry.MerchantId), reason, cancellationToken);
        return null;
    }
}
