using System.Threading.Channels;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>Wakes the releaser of this process.</summary>
public sealed class WaitingSignal
{
    private readonly Channel<bool> _set =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something may be released. Several calls before the releaser looks wake it once.</summary>
    public void Set() => _set.Writer.TryWrite(true);

    /// <summary>Returns when something may be released, or after <paramref name="timeout"/>.</summary>
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
