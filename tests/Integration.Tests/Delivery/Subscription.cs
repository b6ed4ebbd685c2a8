using System.Text.Json;
using System.Threading.Channels;

namespace Gateway.Integration.Tests.Delivery;

/// <summary>What another service gets that has bound a queue of its own to the exchange of an event.</summary>
public sealed class Subscription(ChannelReader<BrokerMessage> messages, string exchange)
{
    /// <summary>The next event about a delivery or a merchant, whichever id is given; others are passed over.</summary>
    public async Task<JsonElement> Next(string id)
    {
        while (true)
        {
            var message = await Eventually.Comes(messages.ReadAsync, $"a message of {exchange} about {id}");
            if (message.Text.Contains(id, StringComparison.Ordinal))
            {
                return message.Enveloped;
            }
        }
    }

    /// <summary>What has come by now about the id, of that which was not read yet.</summary>
    public int Waiting(string id)
    {
        var count = 0;
        while (messages.TryRead(out var message))
        {
            count += message.Text.Contains(id, StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }
}
