using System.Threading.Channels;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus.Acknowledgements;

/// <summary>
/// The channel of a receive endpoint, which writes the acknowledgements of a few milliseconds together. An acknowledgement has no
/// answer, so nothing is promised that was promised before: should the worker die in between, the broker hands these messages out again.
/// </summary>
internal sealed class GatheringChannel(ChannelContext channel, TimeProvider time, ILogger logger)
    : SharedChannelContext(channel, channel.CancellationToken), ChannelContext
{
    // The shorter, the more often the broker is interrupted for a few messages; the longer, the more messages a consumer must have in hand.
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(2);

    // About as long as a quick merchant's webhook takes, so that among those no acknowledgement need be for one message alone.
    private const int Patience = 10;

    private readonly Lock _lock = new();
    private readonly AcknowledgementWindow _window = new(Patience);
    private readonly List<ulong> _oneByOne = [];
    private Task _gathering = Task.CompletedTask;
    private bool _isGathering;
    private bool _isEnding;

    /// <inheritdoc/>
    public new async ValueTask BasicAck(ulong deliveryTag, bool multiple, CancellationToken cancellationToken)
    {
        if (!multiple && Channel.IsOpen && TryGather(deliveryTag))
        {
            return;
        }

        await base.BasicAck(deliveryTag, multiple, cancellationToken);
        Settle(deliveryTag);
    }

    /// <inheritdoc/>
    public new async Task BasicNack(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken)
    {
        await base.BasicNack(deliveryTag, multiple, requeue, cancellationToken);
        Settle(deliveryTag);
    }

    /// <inheritdoc/>
    public new async Task BasicCancel(string consumerTag, CancellationToken cancellationToken)
    {
        // The endpoint stops. Its channel closes as soon as its last message is done, so nothing may wait for a round any more.
        await EndAsync();
        await base.BasicCancel(consumerTag, cancellationToken);
    }

    /// <summary>Returns when everything that was to be acknowledged has been.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            _isEnding = true;
            return _gathering;
        }
    }

    private bool TryGather(ulong deliveryTag)
    {
        lock (_lock)
        {
            if (_isEnding)
            {
                return false;
            }

            _window.Acknowledge(deliveryTag);
            if (!_isGathering)
            {
                _isGathering = true;
                _gathering = GatherAsync();
            }

            return true;
        }
    }

    // Only after the broker was told: an acknowledgement of all up to a later message must not overtake it.
    private void Settle(ulong deliveryTag)
    {
        lock (_lock)
        {
            _window.Settle(deliveryTag);
        }
    }

    // The only one that acknowledges: of two acknowledgements of all up to a number the greater must not come first.
    private async Task GatherAsync()
    {
        try
        {
            do
            {
                await Task.Delay(Round, time, CancellationToken.None);
                await TellAsync();
            }
            while (GoesOn());
        }
        catch (Exception exception)
            when (exception is OperationInterruptedException or IOException or ObjectDisposedException or ChannelClosedException)
        {
            // The channel is gone, and with it its numbers: what it delivered and was not told of comes again on the next one.
            Log.NotAcknowledged(logger, exception);
        }
    }

    private async Task TellAsync()
    {
        ulong upTo;
        lock (_lock)
        {
            _oneByOne.Clear();
            upTo = _window.Take(_oneByOne, _isEnding);
        }

        if (upTo > 0)
        {
            await Channel.BasicAckAsync(upTo, multiple: true, CancellationToken.None);
        }

        foreach (var tag in _oneByOne)
        {
            await Channel.BasicAckAsync(tag, multiple: false, CancellationToken.None);
        }
    }

    private bool GoesOn()
    {
        lock (_lock)
        {
            return _isGathering = !_window.IsEmpty;
        }
    }
}
