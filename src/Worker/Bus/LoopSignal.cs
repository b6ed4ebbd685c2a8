using System.Threading.Channels;

namespace Gateway.Worker.Bus;

/// <summary>Wakes a loop of this process, so that it need not look often to be quick.</summary>
public abstract class LoopSignal
{
    private readonly Channel<bool> _set =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>There may be something to do. Several calls before the loop looks wake it once.</summary>
    public void Set() => _set.Writer.TryWrite(true);

    /// <summary>Returns when there may be something to do, or after <paramref name="timeout"/>.</summary>
    public async Task WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _set.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look without having been told.
        }
    }
}
