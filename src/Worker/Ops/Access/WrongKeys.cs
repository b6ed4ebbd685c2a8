using System.Net;
using System.Threading.RateLimiting;

namespace Gateway.Worker.Ops.Access;

/// <summary>Counts wrong keys by address: ten at once, and then one every six seconds.</summary>
public sealed class WrongKeys : IDisposable
{
    /// <summary>When an address that is blocked may try again.</summary>
    public const string RetryAfterSeconds = "6";

    private const int AtOnce = 10;

    private readonly PartitionedRateLimiter<IPAddress> _limiter;

    /// <summary>Creates the counter, which has counted nothing yet.</summary>
    public WrongKeys()
        : this(TimeSpan.FromSeconds(6))
    {
    }

    /// <summary>Lets a test have another try sooner.</summary>
    internal WrongKeys(TimeSpan period) => _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
        RateLimitPartition.GetTokenBucketLimiter(NetworkOf(address), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = AtOnce,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = period,
            QueueLimit = 0,
        }));

    /// <summary>Whether an address has used up its tries.</summary>
    // To ask for no permit would not do: it is granted for a fraction of one, and a period that was a little longer leaves a fraction.
    public bool IsBlocked(IPAddress? address) => _limiter.GetStatistics(address ?? IPAddress.None) is { CurrentAvailablePermits: < 1 };

    /// <summary>A wrong key came from an address.</summary>
    public void Count(IPAddress? address)
    {
        using var lease = _limiter.AttemptAcquire(address ?? IPAddress.None);
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    // Whoever has one IPv6 address has the 2^64 of its network.
    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6 || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
