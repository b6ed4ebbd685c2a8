using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Demo;

/// <summary>What the job log knows of the demo's deliveries so far.</summary>
internal sealed class DemoProgress(IReadOnlyList<SampleDelivery> deliveries, JobHistory history, TimeProvider time)
{
    private readonly Dictionary<Guid, IReadOnlyList<JobRun>> _runs = [];

    public IReadOnlyList<SampleDelivery> Deliveries { get; } = deliveries;

    public DateTime StartedAt { get; } = time.GetUtcNow().UtcDateTime;

    /// <summary>Every delivery has reached an end.</summary>
    public bool IsDone => Deliveries.All(d => RunsOf(d) is [.., { State: JobState.Succeeded or JobState.Dead or JobState.Skipped }]);

    public IReadOnlyList<JobRun> RunsOf(SampleDelivery delivery) => _runs.GetValueOrDefault(delivery.Message.DeliveryId, []);

    public SampleDelivery DeliveryOf(JobRun run) => Deliveries.First(d => d.Message.DeliveryId == run.JobId);

    /// <summary>The attempts that were recorded since the last call, in the order of their time.</summary>
    public async Task<IReadOnlyList<JobRun>> NewRunsAsync(CancellationToken cancellationToken)
    {
        var fresh = new List<JobRun>();
        foreach (var delivery in Deliveries)
        {
            var known = RunsOf(delivery).Count;
            var runs = await history.GetAsync(delivery.Message.DeliveryId, cancellationToken);
            fresh.AddRange(runs.Skip(known));
            _runs[delivery.Message.DeliveryId] = runs;
        }

        return [.. fresh.OrderBy(r => r.StartedAt)];
    }
}
