using Gateway.Contracts;
using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Demo;

/// <summary>Watches the error queue, as an operator would.</summary>
internal sealed class DeadLetters
{
    private int _count;

    /// <summary>How many dead letters came.</summary>
    public int Count => _count;

    public static async Task<DeadLetters> WatchAsync(IBus bus)
    {
        var letters = new DeadLetters();
        var handle = bus.ConnectReceiveEndpoint(QueueNames.ErrorsOf(QueueNames.Webhooks), endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.Handler<DeliverWebhook>(_ =>
            {
                Interlocked.Increment(ref letters._count);
                return Task.CompletedTask;
            });
        });
        await handle.Ready;
        return letters;
    }
}
