using Gateway.Persistence;
using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Operations;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Calendar;
using Gateway.Worker.Gate;
using Gateway.Worker.Ops.DeadLetters;
using Gateway.Worker.Ops.Waiting;
using Microsoft.EntityFrameworkCore;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Ops.Queues;

/// <summary>Puts together what the broker, the gate, the waiting room and the counts know of the queues.</summary>
public sealed class QueueFigures(
    WeightedGate gate,
    GatedQueues gatedQueues,
    QueuePauses pauses,
    DeadLetterCounts letters,
    WaitingCounts waitingCounts,
    FigureReader figures,
    IDbContextFactory<GatewayDbContext> contexts,
    BusinessTime businessTime,
    TimeProvider time,
    BrokerQueues? broker = null)
{
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(5);

    private string[] Names => [.. gate.Flows.Select(flow => flow.Name)];

    /// <summary>Every queue, in the order of its weight. What only the broker knows is unknown while it does not answer.</summary>
    public async Task<IReadOnlyList<QueueResponse>> ReadAsync(CancellationToken cancellationToken)
    {
        var depths = broker is null ? null : await TryAskAsync(broker, cancellationToken);
        return await ReadAsync(await CountTodayAsync(cancellationToken), depths, cancellationToken);
    }

    /// <summary>The same without what was done today.</summary>
    /// <exception cref="BrokerUnreachableException">The broker does not answer at all.</exception>
    public async Task<IReadOnlyList<QueueResponse>> ReadDepthsAsync(CancellationToken cancellationToken)
    {
        var depths = broker is null ? null : await broker.ReadAsync(Names, cancellationToken);
        return await ReadAsync(today: null, depths, cancellationToken);
    }

    private async Task<IReadOnlyDictionary<string, QueueDepth>> TryAskAsync(BrokerQueues asked, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestQuestion, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await asked.ReadAsync(Names, either.Token);
        }
        catch (Exception exception) when (
            !cancellationToken.IsCancellationRequested && (exception is OperationCanceledException || BrokerFailure.IsCauseOf(exception)))
        {
            return new Dictionary<string, QueueDepth>();
        }
    }

    private async Task<IReadOnlyList<QueueResponse>> ReadAsync(
        IReadOnlyDictionary<(string Queue, JobState State), long>? today,
        IReadOnlyDictionary<string, QueueDepth>? depths,
        CancellationToken cancellationToken)
    {
        var paused = await pauses.ListAsync(cancellationToken);
        var latest = broker is null ? await CountLatestAsync(cancellationToken) : null;
        var dead = (await letters.ReadAsync(cancellationToken)).ToDictionary(count => count.Queue, count => count.Count);
        var waiting = await waitingCounts.ReadAsync(cancellationToken);
        return
        [
            .. gate.Flows.Select(flow =>
                Show(flow, paused.GetValueOrDefault(flow.Name), today, depths, latest, dead.GetValueOrDefault(flow.Name), waiting)),
        ];
    }

    private QueueResponse Show(
        GateFlow flow,
        QueuePause? pause,
        IReadOnlyDictionary<(string Queue, JobState State), long>? today,
        IReadOnlyDictionary<string, QueueDepth>? depths,
        IReadOnlyDictionary<(string Queue, JobState State), long>? latest,
        long dead,
        WaitingFigures waitingRoom)
    {
        var gated = gatedQueues.Get(flow.Name);
        var counts = gated.Counts;
        long? ready, active, delayed;
        int? consumers;
        if (depths is not null)
        {
            var depth = BrokerQueues.DepthOf(flow.Name, depths);
            (ready, active, consumers) = (depth?.Ready, depth?.Unacknowledged, depth?.Consumers);
            delayed = depths.Count == 0 ? null : BrokerQueues.DelayedOf(flow.Name, depths);
            dead += BrokerQueues.DeadOf(flow.Name, depths);
        }
        else
        {
            // The in-memory transport hands every message to the gate at once.
            (ready, active, consumers) = (counts.Waiting, counts.InFlight, 1);
            delayed = latest!.GetValueOrDefault((flow.Name, JobState.Retrying));
        }

        delayed = flow.Name switch
        {
            QueueNames.Webhooks => waitingRoom.FirstAttempts,
            QueueNames.WebhooksRetry => waitingRoom.Retries,
            _ => delayed,
        };
        var isEmpty = ready == 0 && counts.Waiting == 0;
        double? oldest = isEmpty ? 0
            : gated.LastStartedArrivedAt(IsBehind) is { } arrivedAt ? Math.Max(0, (time.GetUtcNow().UtcDateTime - arrivedAt).TotalSeconds)
            : counts.OldestWait?.TotalSeconds;
        var unknown = new List<string>();
        Note("ready", ready is null);
        Note("active", active is null);
        Note("consumers", consumers is null);
        Note("delayed", delayed is null);
        Note("oldest_waiting_seconds", oldest is null);
        return new QueueResponse
        {
            Queue = flow.Name,
            Weight = flow.Weight,
            Paused = pause is not null,
            PausedBy = pause?.PausedBy,
            PausedAt = pause?.PausedAt,
            Ready = ready,
            Active = active,
            Delayed = delayed,
            Dead = dead,
            ProcessedToday = today?.GetValueOrDefault((flow.Name, JobState.Succeeded)),
            FailedToday = today?.GetValueOrDefault((flow.Name, JobState.Retrying)) + today?.GetValueOrDefault((flow.Name, JobState.Dead)),
            OldestWaitingSeconds = oldest,
            Consumers = consumers,
            Waiting = counts.Waiting,
            InFlight = counts.InFlight,
            Unknown = unknown,
        };

        bool IsBehind(string partition) => depths?.GetValueOrDefault(partition) is { Ready: > 0 };

        void Note(string figure, bool isUnknown)
        {
            if (isUnknown)
            {
                unknown.Add(figure);
            }
        }
    }

    private Task<IReadOnlyDictionary<(string Queue, JobState State), long>> CountTodayAsync(CancellationToken cancellationToken) =>
        figures.CountByQueueAsync(businessTime.DayOf(businessTime.DateOf(time.GetUtcNow())).From, cancellationToken);

    // Embedded mode alone: its delayed messages are in this process, which cannot count them.
    private async Task<IReadOnlyDictionary<(string Queue, JobState State), long>> CountLatestAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await JobHistory.LatestRuns(db).Where(run => run.State == JobState.Retrying)
            .GroupBy(run => new { run.Queue, run.State })
            .Select(group => new { group.Key.Queue, group.Key.State, Count = group.LongCount() })
            .ToDictionaryAsync(count => (count.Queue, count.State), count => count.Count, cancellationToken);
    }
}
