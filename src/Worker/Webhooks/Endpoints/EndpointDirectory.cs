using System.Collections.Concurrent;
using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Worker.Webhooks.Memory;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// Merchants' endpoints, remembered for a short time. Many deliveries to one merchant cost one look-up, which is made again before
/// its time is over, so that a busy merchant's deliveries wait for none. While the database is away a look-up waits: that is neither
/// a skip nor an attempt.
/// </summary>
public sealed class EndpointDirectory(
    EndpointStore database,
    EndpointOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<EndpointDirectory> logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Sweeper _sweeper = new();

    /// <summary>Finds a merchant's endpoint.</summary>
    /// <exception cref="OperationCanceledException">The consumer or the worker stopped while the look-up waited.</exception>
    public ValueTask<WebhookTarget> FindAsync(string merchantId, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (_entries.TryGetValue(merchantId, out var entry) && !IsStale(entry, now))
        {
            if (entry.Endpoint.IsCompletedSuccessfully)
            {
                LookUpAgain(merchantId, entry, now);
                return new ValueTask<WebhookTarget>(entry.Endpoint);
            }

            return entry.Before is { } before && IsFresh(before, now)
                ? new ValueTask<WebhookTarget>(before.Endpoint)
                : new ValueTask<WebhookTarget>(entry.Endpoint.WaitAsync(cancellationToken));
        }

        return new ValueTask<WebhookTarget>(LookUp(merchantId, now).WaitAsync(cancellationToken));
    }

    /// <summary>Finds a merchant's endpoint as it is now, or was so long ago at most.</summary>
    /// <exception cref="OperationCanceledException">The consumer or the worker stopped while the look-up waited.</exception>
    public ValueTask<WebhookTarget> FindAsync(string merchantId, TimeSpan oldest, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(merchantId, out var entry) && time.GetElapsedTime(entry.AskedAt) > oldest)
        {
            _entries.TryRemove(KeyValuePair.Create(merchantId, entry));
        }

        return FindAsync(merchantId, cancellationToken);
    }

    /// <summary>Forgets what is remembered of a merchant, so that the next delivery looks it up.</summary>
    public void Forget(string merchantId) => _entries.TryRemove(merchantId, out _);

    // When half of its time is over, the next delivery has the merchant looked up again, and nobody waits for that.
    private void LookUpAgain(string merchantId, Entry entry, long now)
    {
        if (time.GetElapsedTime(entry.LoadedAt, now) < entry.FreshFor / 2)
        {
            return;
        }

        entry.Before = null;
        var next = new Entry(merchantId, this) { Before = entry };
        if (_entries.TryUpdate(merchantId, next, entry))
        {
            _ = next.Endpoint;
        }
    }

    private Task<WebhookTarget> LookUp(string merchantId, long now)
    {
        _sweeper.Added(_entries, entry => IsStale(entry, now));
        var mine = new Entry(merchantId, this);
        var winner = _entries.AddOrUpdate(merchantId, mine, (_, before) => IsStale(before, now) ? mine : before);
        return winner.Endpoint;
    }

    private long Now => time.GetTimestamp();

    // A look-up that is still under way is never stale: everybody waits for the same one.
    private bool IsStale(Entry entry, long now) => entry.Endpoint switch
    {
        { IsFaulted: true } or { IsCanceled: true } => true,
        { IsCompleted: true } => !IsFresh(entry, now),
        _ => false,
    };

    private bool IsFresh(Entry entry, long now) => time.GetElapsedTime(entry.LoadedAt, now) < entry.FreshFor;

    // An unknown merchant may just be on its way into the database.
    private TimeSpan FreshTimeOf(WebhookTarget target) =>
        target.Endpoint is null && options.UnknownMerchantCacheTime < options.EndpointCacheTime
            ? options.UnknownMerchantCacheTime
            : options.EndpointCacheTime;

    // It does not end when the stop begins: a consumer whose look-up fails then has failed, and its message would be redelivered later
    // and counted. When the stop timeout is over the bus cancels those that still wait, and their messages return to the queue.
    private async Task<WebhookTarget> LoadAsync(string merchantId)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var row = await database.FindAsync(merchantId, lifetime.ApplicationStopped);
                if (attempt > 1)
                {
                    Log.DirectoryBack(logger);
                }

                return WebhookTarget.From(row, time.GetUtcNow().UtcDateTime);
            }
            catch (Exception exception) when (DatabaseFailure.IsCauseOf(exception))
            {
                if (attempt == 1)
                {
                    Log.DirectoryAway(logger, exception);
                }

                await Task.Delay(pause, time, lifetime.ApplicationStopped);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private sealed class Entry
    {
        private readonly Lazy<Task<WebhookTarget>> _endpoint;

        // On another thread, so that the many who want the same merchant at a cold start wait for a task and not for a lock.
        public Entry(string merchantId, EndpointDirectory directory) => _endpoint = new(() => Task.Run(async () =>
        {
            AskedAt = directory.Now;
            var endpoint = await directory.LoadAsync(merchantId);
            (LoadedAt, FreshFor) = (directory.Now, directory.FreshTimeOf(endpoint));
            return endpoint;
        }));

        public Task<WebhookTarget> Endpoint => _endpoint.Value;

        /// <summary>When the look-up began; 0 before that.</summary>
        public long AskedAt { get; private set; }

        public long LoadedAt { get; private set; }

        public TimeSpan FreshFor { get; private set; }

        /// <summary>What was known before, which serves while this is loaded.</summary>
        public Entry? Before { get; set; }
    }
}
