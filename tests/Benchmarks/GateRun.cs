using Gateway.Worker.Gate;
using Gateway.Worker.Hosting;

namespace Gateway.Benchmarks;

/// <summary>What the gate costs a message: 64 slots, five flows, four times as many who want a slot as there are.</summary>
internal static class GateRun
{
    private const int Entrants = 256;
    private const int Messages = 2_000_000;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var gate = new WeightedGate(new GateOptions { Flows = GatewayJobs.FlowsOf(GatewayJobs.All) }, TimeProvider.System);
        string[] flows = [.. gate.Flows.Select(flow => flow.Name)];
        await PassAsync(Messages / 4);
        var cpu = Environment.CpuUsage.TotalTime;
        var start = TimeProvider.System.GetTimestamp();
        await PassAsync(Messages);
        new Result
        {
            Peer = "the gate alone",
            Merchant = "none",
            Concurrency = gate.Slots,
            Count = Messages,
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
        }.Print();

        Task PassAsync(int messages) => Task.WhenAll(Enumerable.Range(0, Entrants).Select(entrant => Task.Run(
            async () =>
            {
                for (var i = 0; i < messages / Entrants; i++)
                {
                    using var slot = await gate.EnterAsync(flows[entrant % flows.Length], GateRank.Normal, cancellationToken);
                    // Else the slot is back before anybody had to wait.
                    await Task.Yield();
                }
            },
            cancellationToken)));
    }
}
