namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Where a page's reading stands.</summary>
public enum PageState
{
    /// <summary>Nothing was read yet.</summary>
    Loading,

    /// <summary>The last reading is shown.</summary>
    Ready,

    /// <summary>An earlier reading is shown, since the last one failed.</summary>
    Stale,

    /// <summary>Nothing could be read.</summary>
    Failed,
}
