namespace Gateway.Persistence.Bulk;

/// <summary>Where a <see cref="BulkJob"/> stands. Stored as the number, shown in lower case.</summary>
public enum BulkState : short
{
    /// <summary>A worker is at it, or will be.</summary>
    Running = 0,

    /// <summary>An operator stopped it. It can be resumed.</summary>
    Stopped = 1,

    /// <summary>It has come to the end of what matches.</summary>
    Done = 2,
}
