using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;
using Gateway.Worker.Wallets;
using Gateway.Worker.Webhooks;

namespace Gateway.Worker.Hosting;

/// <summary>The jobs of this worker, and the queues that follow from them.</summary>
public static class GatewayJobs
{
    /// <summary>The scheduled jobs.</summary>
    public static IReadOnlyList<JobDefinition> All { get; } =
    [
        ExpirePaymentsJob.Definition,
        CheckWalletBalancesJob.Definition,
        GenerateSettlementReportJob.Definition,
    ];

    /// <summary>The queues that share the gate, with their weights: the heaviest first.</summary>
    public static IReadOnlyList<GateFlow> FlowsOf(IReadOnlyList<JobDefinition> jobs) =>
    [
        .. WebhooksSetup.Flows.Concat(jobs.Select(job => new GateFlow(job.Queue, job.Weight))).OrderByDescending(flow => flow.Weight),
    ];

    /// <summary>Every queue that the worker consumes.</summary>
    public static GatewayQueues QueuesOf(IReadOnlyList<JobDefinition> jobs) => new(
    [
        .. WebhooksSetup.Queues, .. jobs.Select(job => new QueueDescription(job.Queue, job.Type)), .. WebhooksSetup.OwnQueues,
    ]);
}
