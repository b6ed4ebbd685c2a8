using Gateway.Worker.Ops.Figures;
using Gateway.Worker.Ops.Queues;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Wallets;

namespace Gateway.Worker.Ops.Overview;

/// <summary>How the gateway's worker fares at a glance.</summary>
public sealed record OverviewResponse
{
    /// <summary>What is wrong now, the worst first.</summary>
    public required IReadOnlyList<Trouble> Troubles { get; init; }

    /// <summary>The queues; empty while the database is away.</summary>
    public IReadOnlyList<QueueResponse> Queues { get; init; } = [];

    /// <summary>The last hour, minute by minute; minutes without an attempt are absent.</summary>
    public IReadOnlyList<FigureResponse> Minutes { get; init; } = [];

    /// <summary>The beginning of that hour, UTC.</summary>
    public DateTime From { get; init; }

    /// <summary>The last hour by queue.</summary>
    public IReadOnlyList<FigureResponse> LastHour { get; init; } = [];

    /// <summary>The schedules.</summary>
    public IReadOnlyList<ScheduleResponse> Schedules { get; init; } = [];

    /// <summary>The watched wallets, as they were read last, without what they held before.</summary>
    public IReadOnlyList<WalletResponse> Wallets { get; init; } = [];

    /// <summary>How many workers are alive.</summary>
    public int Workers { get; init; }

    /// <summary>How many webhooks wait for an attempt.</summary>
    public long Waiting { get; init; }
}
