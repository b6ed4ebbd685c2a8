using System.Collections.Concurrent;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// How the last attempt at each merchant ended that this worker tried lately. When most of them fail, the fault is most likely on this
/// side, and is held against no endpoint.
/// </summary>
public sealed class EndpointSurvey(TimeProvider time)
{
    /// <summary>With fewer merchants, that most of them fail says nothing.</summary>
    public const int FewestMerchants = 5;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan CountedFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, (long At, bool HasFailed)> _last = [];
    private readonly Lock _lock = new();
    private long? _countedAt;
    private bool _mostFail;

    /// <summary>Takes note of an attempt.</summary>
    public void Note(Guid merchantId, bool hasFailed) => _last[merchantId] = (time.GetTimestamp(), hasFailed);

    /// <summary>Whether of the merchants that were tried in the last ten minutes more than half failed when they were tried last.</summary>
    public bool MostFail()
    {
        lock (_lock)
        {
            if (_countedAt is { } at && time.GetElapsedTime(at) < CountedFor)
            {
                return _mostFail;
            }

            var (tried, failed) = (0, 0);
            foreach (var merchant in _last)
            {
                if (time.GetElapsedTime(merchant.Value.At) > Window)
                {
                    _last.TryRemove(merchant);
                    continue;
                }

                tried++;
                failed += merchant.Value.HasFailed ? 1 : 0;
            }

            (_countedAt, _mostFail) = (time.GetTimestamp(), tried >= FewestMerchants && failed * 2 > tried);
            return _mostFail;
        }
    }
}
