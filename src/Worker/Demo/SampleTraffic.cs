using MassTransit;

namespace Gateway.Worker.Demo;

/// <summary>
/// Webhooks for as long as somebody looks: most of them go well, some take their time, some fail at first, a few for good.
/// </summary>
internal static class SampleTraffic
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);
    private static readonly string[] Events = ["payment.created", "payment.completed", "payout.completed"];

    /// <summary>Publishes until it is stopped.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="merchants">The merchants of the demo: healthy, flaky, down, slow.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task RunAsync(IBus bus, IReadOnlyList<SampleMerchant> merchants, TimeProvider time, CancellationToken stop)
    {
        var (healthy, flaky, down, slow) = (merchants[0], merchants[1], merchants[2], merchants[3]);
        SampleMerchant[] turns = [healthy, healthy, slow, healthy, flaky, healthy, slow, healthy, healthy, flaky, healthy, down];
        using var timer = new PeriodicTimer(Pause, time);
        for (var i = 0; await timer.WaitForNextTickAsync(stop); i++)
        {
            var delivery = SampleDelivery.Create(turns[i % turns.Length], Events[i % Events.Length], time.GetUtcNow());
            await bus.Publish(delivery.Message, stop);
        }
    }
}
