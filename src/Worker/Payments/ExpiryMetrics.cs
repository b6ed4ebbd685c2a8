using System.Diagnostics.Metrics;

namespace Gateway.Worker.Payments;

/// <summary><c>gateway.payments.refused</c>: due payments that could not be expired, counted at each tick. It begins with 0 when the worker starts.</summary>
public sealed class ExpiryMetrics : IHostedService
{
    private readonly Counter<long> _refused;

    /// <summary>Creates the instrument.</summary>
    public ExpiryMetrics(IMeterFactory meters) => _refused = meters.Create("Gateway.Worker").CreateCounter<long>(
        "gateway.payments.refused", "{payment}", "Due payments that the database refused to expire, or that could not be read, at each tick again.");

    /// <summary>Counts those of one tick.</summary>
    public void Refused(int count) => _refused.Add(count);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Refused(0);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
