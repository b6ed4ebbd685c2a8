using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Webhooks.Resending;

/// <summary>What came of a page of lost deliveries.</summary>
/// <param name="Released">How many the waiting room sends again.</param>
/// <param name="Sent">How many were sent again.</param>
/// <param name="Unknown">Those of which nothing is kept but their row: only their publishers can send them again.</param>
/// <param name="Next">Where the next page starts; null when this was the last.</param>
public sealed record ResentPage(int Released, int Sent, IReadOnlyList<Guid> Unknown, JobCursor? Next);
