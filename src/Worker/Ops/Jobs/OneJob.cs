using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>What is known of one job.</summary>
/// <param name="Id">The job.</param>
/// <param name="MerchantId">Whose, as text; null when the job concerns no merchant or nothing is known of it.</param>
/// <param name="Runs">Its runs; the last says where it stands.</param>
/// <param name="Waiting">What waits of it.</param>
public sealed record OneJob(Guid Id, string? MerchantId, IReadOnlyList<JobRun> Runs, WaitingEntry? Waiting);
