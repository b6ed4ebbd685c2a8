using Gateway.Contracts;
using MassTransit;

namespace Gateway.Worker.Demo;

/// <summary>Listens for alerts, as another service would.</summary>
internal sealed class BalanceAlerts
{
    private volatile WalletBalanceOutOfRange? _last;

    /// <summary>The last alert; null before one came.</summary>
    public WalletBalanceOutOfRange? Last => _last;

    public static async Task<BalanceAlerts> WatchAsync(IBus bus)
    {
        var alerts = new BalanceAlerts();
        var handle = bus.ConnectReceiveEndpoint("demo-alerts", endpoint => endpoint.Handler<WalletBalanceOutOfRange>(context =>
        {
            alerts._last = context.Message;
            return Task.CompletedTask;
        }));
        await handle.Ready;
        return alerts;
    }
}
