using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Workers;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>
/// Lets webhooks out of the waiting room when they are due: leases them, sends them, and lets the lease last once they are sent. All
/// workers do so at once.
/// </summary>
public sealed class WebhookReleaser(
    IWaitingRoom room,
    IReleasePublisher publisher,
    WaitingSignal signal,
    GatedQueues queues,
    WorkerSigns workers,
    WaitingOptions options,
    SendingOptions sending,
    IsolationOptions isolation,
    ReleaseMetrics metrics,
    TimeProvider time,
    ILogger<WebhookReleaser> logger) : BackgroundService
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

    private long? _lookedForLost;
    private bool _isWaiting;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!publisher.OutlivesProcess)
        {
            // What was on the road went with the last process.
            await room.EndLeasesAsync(cancellationToken);
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
                await publisher.ConnectAsync(stoppingToken);
                var released = await ReleaseAsync(stoppingToken);
                if (_isWaiting)
                {
                    _isWaiting = false;
                    Log.ReleaseGoesOn(logger);
                }

                if (released == 0)
                {
                    await signal.WaitAsync(PollInterval, time, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // A server is away. What waits, waits on; what was leased and not sent is taken again when its short lease is over.
                if (!_isWaiting)
                {
                    _isWaiting = true;
                    Log.ReleaseWaits(logger, exception);
                }

                await Task.Delay(RetryInterval, time, stoppingToken);
            }
        }
    }

    private async Task<int> ReleaseAsync(CancellationToken cancellationToken)
    {
        var limits = new ReleaseLimits
        {
            PerMerchant = isolation.Concurrency * workers.Alive,
            SendingTime = options.Lease < SendingTime ? options.Lease : SendingTime,
            ProbeTime = sending.Timeout + RetryInterval * 30,
            FirstAttempts = !queues.Get(QueueNames.Webhooks).IsPaused,
            Retries = !queues.Get(QueueNames.WebhooksRetry).IsPaused,
        };
        IReadOnlyList<ReleasedWebhook> lost = await TakeLostAsync(limits, cancellationToken);
        var due = await room.TakeAsync(limits, cancellationToken);
        foreach (var part in InParts([.. lost, .. due]))
        {
            await SendAsync(part, cancellationToken);
        }

        return lost.Count + due.Count;
    }

    private async Task<IReadOnlyList<ReleasedWebhook>> TakeLostAsync(ReleaseLimits limits, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (_lookedForLost is { } before && time.GetElapsedTime(before, now) < LostInterval)
        {
            return [];
        }

        _lookedForLost = now;
        if (!limits.FirstAttempts || !limits.Retries)
        {
            // What lies in a queue that is paused is not lost.
            await room.ProlongAsync(limits, options.Lease, cancellationToken);
        }

        var lost = await room.TakeLostAsync(limits, MostLost, cancellationToken);
        if (lost.Count > 0)
        {
            Log.SentAgain(logger, lost.Count);
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
        // From here on to the end, also when the worker stops: what was leased is sent, or comes back to the room.
        var entries = (await room.ReadAsync(released, CancellationToken.None)).ToDictionary(entry => entry.Key);
        List<OutgoingWebhook> outgoing = [];
        foreach (var release in released)
        {
            // One that is gone was cancelled, or attempted by another message, and its lease ends with those that were not sent.
            if (entries.TryGetValue(release.Key, out var entry) && await TryReadAsync(entry) is { } delivery)
            {
                outgoing.Add(new OutgoingWebhook(release, entry, delivery));
            }
        }

        var sent = await publisher.SendAsync(outgoing, cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var webhook in sent)
        {
            metrics.Sent(now - webhook.Entry.DueAt);
        }

        var keys = sent.Select(webhook => webhook.Release.Key).ToHashSet();
        foreach (var ofOneRelease in released.GroupBy(webhook => webhook.ReleaseId))
        {
            DeliveryKey[] gone = [.. ofOneRelease.Select(webhook => webhook.Key).Where(keys.Contains)];
            DeliveryKey[] left = [.. ofOneRelease.Select(webhook => webhook.Key).Where(key => !keys.Contains(key))];
            if (gone.Length > 0)
            {
                await room.SentAsync(ofOneRelease.Key, gone, options.Lease, CancellationToken.None);
            }

            if (left.Length > 0)
            {
                await room.NotSentAsync(ofOneRelease.Key, left, CancellationToken.None);
            }
        }
    }

    private async Task<DeliverWebhook?> TryReadAsync(WaitingWebhook entry)
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

        Log.Unreadable(logger, entry.DeliveryId, entry.MerchantId, reason);
        await room.SetAsideAsync(entry.Key, reason, CancellationToken.None);
        return null;
    }
}
