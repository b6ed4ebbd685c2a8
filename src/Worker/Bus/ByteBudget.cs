using System.Threading.RateLimiting;

namespace Gateway.Worker.Bus;

/// <summary>
/// Bounds the bytes of the messages that this process works on at once. A count alone does not: a hundred messages may be a hundred
/// kilobytes or a hundred megabytes.
/// </summary>
public sealed class ByteBudget : IDisposable
{
    /// <summary>Up to so many bytes a message is free: as many as can be in hand are nothing beside the process itself.</summary>
    public const int SmallMessage = 16 * 1024;

    private const int Unit = 1024;

    // While it is worked on, a message is in memory about six times: as it came, as JSON, signed, sent and recorded.
    private const int ShareOfMemory = 16;
    private const long Least = 8 * 1024 * 1024;
    private const long Most = 256 * 1024 * 1024;

    private readonly ConcurrencyLimiter _limiter;

    /// <summary>Creates a budget of a sixteenth of the memory that the process may have, from 8 MiB to 256 MiB.</summary>
    public ByteBudget()
        : this(Math.Clamp(Memory / ShareOfMemory, Least, Most))
    {
    }

    /// <summary>Creates a budget.</summary>
    /// <param name="bytes">The most bytes at once. A message that is larger is worked on alone.</param>
    internal ByteBudget(long bytes)
    {
        Units = (int)Math.Max(1, bytes / Unit);
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = Units,
            QueueLimit = int.MaxValue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>
    /// How much memory the process may have, in bytes: that of the container or the machine, or what the runtime was told.
    /// </summary>
    internal static long Memory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private int Units { get; }

    /// <summary>
    /// Waits until a message may be worked on; whoever came first goes first. Disposing what is returned gives the share back.
    /// </summary>
    /// <param name="bytes">The length of the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<RateLimitLease> TakeAsync(long bytes, CancellationToken cancellationToken) =>
        _limiter.AcquireAsync((int)Math.Min(Units, (bytes + Unit - 1) / Unit), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
