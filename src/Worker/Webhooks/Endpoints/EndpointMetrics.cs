using System.Diagnostics.Metrics;
using Gateway.Persistence;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// <c>gateway.webhook.endpoints</c>: how many endpoints are disabled, and how many have done nothing but fail lately. Every worker tells
/// the same.
/// </summary>
public sealed class EndpointMetrics : BackgroundService
{
    private readonly IDbContextFactory<GatewayDbContext> _contexts;
    private readonly PolledFigures<Dictionary<string, int>> _endpoints;

    /// <summary>Creates the instrument.</summary>
    public EndpointMetrics(
        IDbContextFactory<GatewayDbContext> contexts,
        MetricsOptions options,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<EndpointMetrics> logger)
    {
        _contexts = contexts;
        _endpoints = new("endpoints", ReadAsync, options.Interval, time, logger);
        meters.Create("Gateway.Worker").CreateObservableGauge(
            "gateway.webhook.endpoints",
            () => _endpoints.Measured(counts =>
                counts.Select(count =>
                    new Measurement<int>(count.Value, new KeyValuePair<string, object?>("state", count.Key)))),
            "{endpoint}",
            "Endpoints that are disabled, and endpoints that have done nothing but fail lately.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _endpoints.PollAsync(stoppingToken);

    private async Task<Dictionary<string, int>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        // What is known of an endpoint holds for the URL at which it was found out.
        var endpoints = db.WebhookEndpoints.Join(
            db.Merchants,
            e => e.MerchantId,
            m => m.Id,
            (e, m) => new { Endpoint = e, Url = m.WebhookUrl });
        var disabled = endpoints.Where(e => e.Endpoint.DisabledAt != null && e.Endpoint.DisabledUrl == e.Url);
        var failing = endpoints.Where(e => e.Endpoint.FailingSince != null && e.Endpoint.FailingUrl == e.Url);
        return new()
        {
            ["disabled"] = await disabled.CountAsync(cancellationToken),
            ["failing"] = await failing.CountAsync(cancellationToken),
        };
    }
}
