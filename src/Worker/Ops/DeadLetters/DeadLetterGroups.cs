using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>The dead letters with which nobody has dealt, put together that died of the same; the largest group first.</summary>
public sealed class DeadLetterGroups(DeadLetterStore letters, TimeProvider time)
    : RecentFigures<IReadOnlyList<DeadLetterGroup>>(cancellationToken => letters.GroupAsync(MostGroups, cancellationToken), time)
{
    private const int MostGroups = 200;
}
