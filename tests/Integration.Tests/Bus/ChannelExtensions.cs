using RabbitMQ.Client;

namespace Gateway.Integration.Tests.Bus;

internal static class ChannelExtensions
{
    /// <summary>Has the broker close the channel, which it does when somebody acknowledges what was never delivered, and waits for it.</summary>
    public static async Task CloseByBrokerAsync(this IChannel channel, CancellationToken cancellationToken)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, _) =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await channel.BasicAckAsync(long.MaxValue, multiple: false, cancellationToken);
        await closed.Task.WaitAsync(cancellationToken);
    }
}
