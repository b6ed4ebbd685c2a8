namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>Whether attempts to a merchant are made.</summary>
public enum LaneState
{
    /// <summary>They are.</summary>
    Closed,

    /// <summary>They are not: too many failed.</summary>
    Open,

    /// <summary>One is, to see whether the merchant answers again.</summary>
    Probing,
}
