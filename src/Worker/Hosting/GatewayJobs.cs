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
    /// <param name="jobs">The scheduled jobs.</param>
    /// <param name="webhookPartitions">Over how many queues first attempts of webhooks are spread.</param>
    public static GatewayQueues QueuesOf(IReadOnlyList<JobDefinition> jobs, int webhookPartitions = 1) => new(
    [
        .. WebhooksSetup.QueuesOf(webhookPartitions),
        .. jobs.Select(job => new QueueDescription(job.Queue, job.Type)),
        .. WebhooksSetup.OwnQueues,
    ]);
}
