using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Figures;
using Gateway.Worker.Ops.Outbox;
using Gateway.Worker.Ops.Queues;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Wallets;
using Gateway.Worker.Ops.Webhooks;
using Gateway.Worker.Ops.Workers;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Overview;

/// <summary>Says what is wrong, by the thresholds of deploy/prometheus/alerts.yml.</summary>
internal static class TroubleFinder
{
    private static readonly TimeSpan OldQueue = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LateWebhook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LateSchedule = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan OldOutbox = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongUnreadable = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan JustSilent = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan JustEmptied = TimeSpan.FromHours(1);
    // A job that a tick asks for may start by another worker's clock.
    private static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(10);

    /// <summary>What the checks of the servers say.</summary>
    public static IEnumerable<Trouble> OfServers(HealthReport health, string? alarm)
    {
        if (alarm is not null)
        {
            yield return new Trouble(TroubleKind.BrokerAlarm, IsCritical: true, Detail: alarm);
        }

        foreach (var (name, entry) in health.Entries)
        {
            if (entry.Status != HealthStatus.Healthy)
            {
                var isAway = entry.Status == HealthStatus.Unhealthy;
                yield return new Trouble(
                    isAway ? TroubleKind.ServerAway : TroubleKind.ServerDegraded,
                    isAway,
                    name,
                    Detail: entry.Description ?? entry.Exception?.Message);
            }
        }
    }

    /// <summary>Workers that have lately ended without a word. One of them may have been started anew, under another id.</summary>
    public static IEnumerable<Trouble> OfWorkers(IEnumerable<WorkerResponse> workers, DateTime now) =>
        from worker in workers
        where !worker.IsAlive && now - worker.SeenAt < JustSilent
        select new Trouble(TroubleKind.WorkerSilent, IsCritical: false, worker.Host, Age: now - worker.SeenAt);

    /// <summary>Types of jobs of which many fail. Fewer than ten that ended say little.</summary>
    public static IEnumerable<Trouble> OfFigures(IEnumerable<FigureResponse> lastTenMinutesByType) =>
        from type in lastTenMinutesByType
        let ended = type.Succeeded + type.Dead
        where ended >= 10 && type.Succeeded < 0.95 * ended
        select new Trouble(TroubleKind.JobsFailing, IsCritical: true, type.Key, type.Dead);

    /// <summary>Queues in which messages wait too long, or that are paused.</summary>
    public static IEnumerable<Trouble> OfQueues(IEnumerable<QueueResponse> queues, DateTime now)
    {
        foreach (var queue in queues)
        {
            if (queue.Paused)
            {
                yield return new Trouble(
                    TroubleKind.QueuePaused, IsCritical: false, queue.Queue, Age: now - queue.PausedAt, Detail: queue.PausedBy);
            }
            else if (queue.OldestWaitingSeconds is { } seconds && seconds > OldQueue.TotalSeconds)
            {
                yield return new Trouble(TroubleKind.QueueOld, IsCritical: true, queue.Queue, queue.Ready, TimeSpan.FromSeconds(seconds));
            }

            if (queue.Dead > 0)
            {
                yield return new Trouble(TroubleKind.DeadLetters, IsCritical: false, queue.Queue, queue.Dead);
            }
        }
    }

    /// <summary>What is wrong in the waiting room. What goes to a paused queue is as late as its pause.</summary>
    public static IEnumerable<Trouble> OfWaiting(WaitingFigures waiting, IEnumerable<QueueResponse> queues)
    {
        var isPaused = queues.Any(queue => queue.Paused && queue.Queue is QueueNames.Webhooks or QueueNames.WebhooksRetry);
        if (waiting.OldestDueAge > LateWebhook && !isPaused)
        {
            yield return new Trouble(TroubleKind.WaitingLate, IsCritical: true, Age: waiting.OldestDueAge);
        }

        if (waiting.Unreadable > 0)
        {
            yield return new Trouble(TroubleKind.WaitingUnreadable, IsCritical: false, Count: waiting.Unreadable);
        }
    }

    /// <summary>Schedules whose job has not succeeded, or that are paused.</summary>
    public static IEnumerable<Trouble> OfSchedules(IEnumerable<ScheduleResponse> schedules, DateTimeOffset now)
    {
        foreach (var schedule in schedules)
        {
            if (schedule.Paused)
            {
                yield return new Trouble(TroubleKind.SchedulePaused, IsCritical: false, schedule.Name);
            }
            else if (schedule is { Enabled: true, LastTick: { } tick } && now - tick > LateSchedule
                && !schedule.Recent.Any(job => job.State == "succeeded" && job.LastAt >= tick.UtcDateTime - ClockDifference))
            {
                yield return new Trouble(
                    TroubleKind.ScheduleLate,
                    IsCritical: true,
                    schedule.Name,
                    Age: now - tick,
                    Detail: schedule.Recent is [var last, ..] ? last.Reason : null);
            }
        }
    }

    /// <summary>What is wrong in the outbox.</summary>
    public static IEnumerable<Trouble> OfOutbox(OutboxResponse outbox)
    {
        if (outbox.OldestAgeSeconds is { } seconds && seconds > OldOutbox.TotalSeconds)
        {
            yield return new Trouble(
                TroubleKind.OutboxOld, IsCritical: true, Count: outbox.Waiting, Age: TimeSpan.FromSeconds(seconds));
        }

        if (outbox.Unreadable + outbox.Refused is > 0 and var stuck)
        {
            yield return new Trouble(TroubleKind.OutboxStuck, IsCritical: false, Count: stuck);
        }
    }

    /// <summary>Wallets that cannot be read, or that hold what they should not. Of one that cannot be read nothing else is known.</summary>
    public static IEnumerable<Trouble> OfWallets(IEnumerable<WalletResponse> wallets, DateTime now)
    {
        foreach (var wallet in wallets)
        {
            if (wallet.UnreadableSince is { } since)
            {
                if (now - since >= LongUnreadable)
                {
                    yield return new Trouble(
                        TroubleKind.WalletUnreadable, IsCritical: true, wallet.Chain, Age: now - since, Detail: wallet.Address);
                }

                continue;
            }

            if (wallet.State is "below" or "above")
            {
                var (kind, limit) = wallet.State == "below"
                    ? (TroubleKind.WalletBelow, $"WALLET_MIN_USD is {wallet.MinimumUsd}")
                    : (TroubleKind.WalletAbove, $"WALLET_MAX_USD is {wallet.MaximumUsd}");
                yield return new Trouble(
                    kind, IsCritical: false, wallet.Chain, Detail: FormattableString.Invariant($"{wallet.TotalUsd:0.00} USD, {limit}"));
            }

            if (now - wallet.EmptiedAt < JustEmptied && (wallet.Usdt == 0 || wallet.Usdc == 0))
            {
                yield return new Trouble(TroubleKind.WalletEmptied, IsCritical: true, wallet.Chain, Detail: wallet.Address);
            }

            if (wallet.FrozenUsdt + wallet.FrozenUsdc > 0)
            {
                yield return new Trouble(TroubleKind.WalletFrozen, IsCritical: true, wallet.Chain, Detail: wallet.Address);
            }
        }
    }

    /// <summary>Payments that the last run of the expiry could not expire, as long as the metric shows them.</summary>
    /// <param name="lastRun">The last run that has ended; null when there is none.</param>
    /// <param name="now">The time now, UTC.</param>
    public static IEnumerable<Trouble> OfExpiry(JobRun? lastRun, DateTime now)
    {
        if (lastRun is not null && now - lastRun.StartedAt < ExpiryMetrics.Shown && NotExpired.FindIn(lastRun.Detail) is { } left)
        {
            yield return new Trouble(TroubleKind.PaymentsNotExpired, IsCritical: true, lastRun.JobId.ToString(), Detail: left);
        }
    }

    /// <summary>The report that is not there a while after its schedule has asked for it.</summary>
    /// <param name="schedule">The schedule of the reports.</param>
    /// <param name="day">The business day that should have one.</param>
    /// <param name="dayEndedAt">UTC; when that day was over.</param>
    /// <param name="isWritten">Whether it has one.</param>
    /// <param name="now">The time now, UTC.</param>
    public static IEnumerable<Trouble> OfReport(
        ScheduleResponse? schedule, DateOnly day, DateTime dayEndedAt, bool isWritten, DateTime now)
    {
        if (!isWritten && schedule is { Enabled: true, Paused: false, LastTick.UtcDateTime: var tick }
            && tick >= dayEndedAt && now - tick > LateSchedule)
        {
            yield return new Trouble(
                TroubleKind.ReportMissing, IsCritical: true, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Age: now - tick);
        }
    }

    /// <summary>Rows that the last run of the report could not read.</summary>
    /// <param name="lastRun">The last run that has ended; null when there is none.</param>
    public static IEnumerable<Trouble> OfLeftOut(JobRun? lastRun)
    {
        if (LeftOut.FindIn(lastRun?.Detail) is { } rows)
        {
            yield return new Trouble(TroubleKind.ReportIncomplete, IsCritical: true, lastRun!.JobId.ToString(), Detail: rows);
        }
    }

    /// <summary>Endpoints that are disabled or fail.</summary>
    public static IEnumerable<Trouble> OfEndpoints(IReadOnlyList<EndpointResponse> endpoints)
    {
        if (endpoints.Count(endpoint => endpoint.State == "disabled") is > 0 and var disabled)
        {
            yield return new Trouble(TroubleKind.EndpointsDisabled, IsCritical: false, Count: disabled);
        }

        if (endpoints.Count(endpoint => endpoint is { State: "enabled", FailingSince: not null }) is > 0 and var failing)
        {
            yield return new Trouble(TroubleKind.EndpointsFailing, IsCritical: false, Count: failing);
        }
    }
}
