using System.Globalization;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Figures;
using Gateway.Worker.Ops.Outbox;
using Gateway.Worker.Ops.Queues;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Waiting;
using Gateway.Worker.Ops.Wallets;
using Gateway.Worker.Ops.Webhooks;
using Gateway.Worker.Ops.Workers;
using Gateway.Worker.Workers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Overview;

/// <summary>Puts together how the worker fares. Whoever asks soon after another gets the same, so that many may look.</summary>
public sealed class OverviewReport(
    HealthCheckService health,
    BrokerAlarms alarms,
    QueueFigures queues,
    WaitingCounts waiting,
    FigureReport figures,
    ScheduleOverview schedules,
    OutboxOverview outbox,
    EndpointSearch endpoints,
    WalletOverview wallets,
    MoneyTroubles money,
    WorkerSigns workers,
    WorkerOverview allWorkers,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Shown = TimeSpan.FromHours(1);
    private static readonly TimeSpan Judged = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _reading = new(1);
    private (OverviewResponse Response, long ReadAt)? _latest;

    /// <summary>The overview, at most three seconds old.</summary>
    public async Task<OverviewResponse> ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_latest is { } latest && time.GetElapsedTime(latest.ReadAt) < GoodFor)
            {
                return latest.Response;
            }

            var response = await ReadNowAsync(cancellationToken);
            _latest = (response, time.GetTimestamp());
            return response;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    private async Task<OverviewResponse> ReadNowAsync(CancellationToken cancellationToken)
    {
        var servers = await health.CheckHealthAsync(check => check.Tags.Contains("ready"), cancellationToken);
        Trouble[] ofServers = [.. TroubleFinder.OfServers(servers, alarms.Now)];
        try
        {
            return await ReadNowAsync(ofServers, cancellationToken);
        }
        catch (Exception exception) when (ofServers.Length > 0 && ServersAway.ServerOf(exception) is not null)
        {
            // What is wrong is known, and is all that can be told.
            return new OverviewResponse { Troubles = ofServers, Workers = workers.Alive };
        }
    }

    private async Task<OverviewResponse> ReadNowAsync(Trouble[] ofServers, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var allQueues = await queues.ReadAsync(cancellationToken);
        var waits = await waiting.ReadAsync(cancellationToken);
        var ticks = await schedules.ReadAsync(cancellationToken);
        var bad = await endpoints.FindAsync(state: null, cancellationToken);
        var balances = await wallets.ReadNowAsync(cancellationToken);
        var aboutMoney = await money.FindAsync(ticks, balances, cancellationToken);
        var minutes = await FiguresAsync("minute", now - Shown, cancellationToken);
        return new OverviewResponse
        {
            Troubles =
            [
                .. ofServers
                    .Concat(TroubleFinder.OfFigures((await FiguresAsync("type", now - Judged, cancellationToken)).Figures))
                    .Concat(TroubleFinder.OfQueues(allQueues, now.UtcDateTime))
                    .Concat(TroubleFinder.OfWaiting(waits, allQueues))
                    .Concat(TroubleFinder.OfSchedules(ticks, now))
                    .Concat(TroubleFinder.OfOutbox(await outbox.ReadAsync(cancellationToken)))
                    .Concat(TroubleFinder.OfWorkers(await allWorkers.ReadAsync(cancellationToken), now.UtcDateTime))
                    .Concat(TroubleFinder.OfEndpoints(bad.Value?.Endpoints ?? []))
                    .Concat(aboutMoney)
                    .OrderByDescending(trouble => trouble.IsCritical),
            ],
            Queues = allQueues,
            Minutes = minutes.Figures,
            From = minutes.From,
            LastHour = (await FiguresAsync("queue", now - Shown, cancellationToken)).Figures,
            Schedules = ticks,
            Wallets = balances,
            Workers = workers.Alive,
            Waiting = waits.FirstAttempts + waits.Retries,
        };
    }

    private async Task<FiguresResponse> FiguresAsync(string by, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var asked = new FiguresRequest { By = by, From = from.ToString("O", CultureInfo.InvariantCulture) };
        return (await figures.ReadAsync(asked, cancellationToken)).Value!;
    }
}
