using Gateway.Persistence.JobLog;
using Gateway.Worker.Payments;

namespace Gateway.Worker.Demo;

/// <summary>What the job log knows of the demo's deliveries and jobs so far.</summary>
internal sealed class DemoProgress(
    IReadOnlyList<SampleDelivery> deliveries, IReadOnlyList<SampleJob> jobs, JobHistory history, TimeProvider time)
{
    private readonly Dictionary<Guid, IReadOnlyList<JobRun>> _runs = [];
    private Guid? _expiry;

    public IReadOnlyList<SampleDelivery> Deliveries { get; } = deliveries;

    public IReadOnlyList<SampleJob> Jobs { get; } = jobs;

    public DateTime StartedAt { get; } = time.GetUtcNow().UtcDateTime;

    /// <summary>Every delivery and every job has reached an end.</summary>
    public bool IsDone => Ids.All(id => RunsOf(id) is [.., { State: JobState.Succeeded or JobState.Dead or JobState.Skipped }]);

    private IEnumerable<Guid> Ids => Deliveries.Select(IdOf).Concat(Jobs.Select(j => j.Id));

    /// <summary>The delivery's id. That of an expiry is known once the payment has expired.</summary>
    public Guid IdOf(SampleDelivery delivery) => delivery.IsExpiry ? _expiry ?? Guid.Empty : delivery.Message.DeliveryId;

    public IReadOnlyList<JobRun> RunsOf(Guid jobId) => _runs.GetValueOrDefault(jobId, []);

    /// <summary>Whose delivery it is; null for a job that concerns no single merchant.</summary>
    public SampleMerchant? MerchantOf(JobRun run) => Deliveries.FirstOrDefault(d => IdOf(d) == run.JobId)?.Merchant;

    /// <summary>The attempts that were recorded since the last call, in the order of their time.</summary>
    public async Task<IReadOnlyList<JobRun>> NewRunsAsync(CancellationToken cancellationToken)
    {
        var expiries = new JobFilter { Event = ExpirePaymentsJob.Event };
        if (_expiry is null && await history.ListAsync(expiries, after: null, limit: 1, cancellationToken) is { Jobs: [var expiry] })
        {
            _expiry = expiry.JobId;
        }

        var fresh = new List<JobRun>();
        foreach (var id in Ids)
        {
            var runs = await history.GetAsync(id, cancellationToken);
            fresh.AddRange(runs.ExceptBy(RunsOf(id).Select(run => run.RunId), run => run.RunId));
            _runs[id] = runs;
        }

        return [.. fresh.OrderBy(r => r.StartedAt)];
    }
}
