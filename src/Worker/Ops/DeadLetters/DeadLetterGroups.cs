using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Puts dead letters together that died of the same.</summary>
public sealed class DeadLetterGroups(DeadLetterStore letters)
{
    private const int MostGroups = 200;

    /// <summary>The groups with which nobody has dealt, the largest first.</summary>
    public Task<IReadOnlyList<DeadLetterGroup>> ReadAsync(CancellationToken cancellationToken) =>
        letters.GroupAsync(MostGroups, cancellationToken);
}
