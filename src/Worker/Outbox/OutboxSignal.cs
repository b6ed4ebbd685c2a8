using System.Threading.Channels;

namespace Gateway.Worker.Outbox;

/// <summary>Wakes the dispatcher of this process.</summary>
public sealed class OutboxSignal
{
    private readonly Channel<bool> _set =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Messages were committed. Several calls before the dispatcher looks wake it once.</summary>
    public void Set() => _set.Writer.TryWrite(true);

    /// <summary>Returns when messages were committed, or after <paramref name="timeout"/>.</summary>
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
