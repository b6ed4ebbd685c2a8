namespace Gateway.Persistence.Bulk;

/// <summary>
/// A page of letters that a worker puts back. They are claimed: nobody else deals with them, and what of them was not marked is there
/// again for the next worker.
/// </summary>
/// <param name="Letters">The letters, the one that died first first.</param>
/// <param name="PositionAt">Where the page ends; null when the job has no more.</param>
/// <param name="PositionId">The last letter's id.</param>
/// <param name="IsLast">Whether no page follows.</param>
public sealed record RequeueBatch(IReadOnlyList<TakenLetter> Letters, DateTime? PositionAt, Guid? PositionId, bool IsLast)
{
    /// <summary>The most letters of a batch.</summary>
    public const int Size = 500;
}
