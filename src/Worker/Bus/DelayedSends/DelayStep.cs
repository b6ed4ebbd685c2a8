using System.Text;

namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>A delay before a destination. On RabbitMQ it has a queue of its own, in which messages wait about as long.</summary>
/// <param name="Destination">The name of the queue to which the broker moves a message whose time has come.</param>
/// <param name="Delay">How long messages wait, give or take the jitter.</param>
public sealed record DelayStep(string Destination, TimeSpan Delay)
{
    /// <summary>The name of the queue in which messages wait, such as <c>webhooks_retry.delay.3h36m</c>.</summary>
    public string QueueName { get; } = $"{Destination}.delay.{Format(Delay)}";

    private static string Format(TimeSpan delay)
    {
        var text = new StringBuilder();
        foreach (var (count, unit) in new[]
        {
            (delay.Days, "d"), (delay.Hours, "h"), (delay.Minutes, "m"), (delay.Seconds, "s"), (delay.Milliseconds, "ms"),
        })
        {
            if (count > 0)
            {
                text.Append(count).Append(unit);
            }
        }

        return text.ToString();
    }
}
