using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>The figures of the waiting room.</summary>
public sealed class WaitingCounts(WaitingList waiting, TimeProvider time) : RecentFigures<WaitingFigures>(waiting.ReadFiguresAsync, time);
