namespace Gateway.Persistence.Bulk;

/// <summary>What a page of a bulk job came to.</summary>
/// <param name="Tried">How many the page had; they count towards the rate.</param>
/// <param name="Done">With how many it was done.</param>
/// <param name="PositionAt">The new <see cref="BulkJob.PositionAt"/>; null where the page is not through.</param>
/// <param name="PositionId">The new <see cref="BulkJob.PositionId"/>; null where the page is not through.</param>
/// <param name="IsEnd">Whether there is nothing more.</param>
public sealed record BulkProgress(int Tried, int Done, DateTime? PositionAt, Guid? PositionId, bool IsEnd);
