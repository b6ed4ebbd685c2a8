using System.Text.Json;
using System.Threading.Channels;

namespace Gateway.Testing.Messaging;

/// <summary>What another service gets that has bound a queue of its own to the exchange of an event.</summary>
/// <param name="messages">What comes.</param>
/// <param name="exchange">The exchange of the event.</param>
public sealed class Subscription(ChannelReader<BrokerMessage> messages, string exchange)
{
    private readonly List<BrokerMessage> _unread = [];

    /// <summary>The next event about a delivery or a merchant, whichever id is given; others wait for whoever asks for them.</summary>
    public async Task<JsonElement> WaitUntilReceivedAsync(string id)
    {
        while (true)
        {
            if (_unread.FindIndex(m => IsAbout(m, id)) is >= 0 and var index)
            {
                var message = _unread[index];
                _unread.RemoveAt(index);
                return message.Enveloped;
            }

            _unread.Add(await Eventually.Comes(messages.ReadAsync, $"a message of {exchange} about {id}"));
        }
    }

    /// <summary>The next message, whatever it is about.</summary>
    public Task<BrokerMessage> WaitUntilReceivedAsync() => Eventually.Comes(messages.ReadAsync, $"a message of {exchange}");

    /// <summary>How many events about the id have come by now, of those that were not read yet.</summary>
    public int CountUnread(string id)
    {
        while (messages.TryRead(out var message))
        {
            _unread.Add(message);
        }

        return _unread.Count(m => IsAbout(m, id));
    }

    private static bool IsAbout(BrokerMessage message, string id) => message.Text.Contains(id, StringComparison.Ordinal);
}
