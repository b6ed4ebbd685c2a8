using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>How many dead letters each queue has.</summary>
public sealed class DeadLetterCounts(DeadLetterStore letters, TimeProvider time)
    : RecentFigures<IReadOnlyList<DeadLetterCount>>(letters.CountByQueueAsync, time);
