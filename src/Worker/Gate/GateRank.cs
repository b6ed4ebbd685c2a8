namespace Gateway.Worker.Gate;

/// <summary>The order of waiting messages inside a flow: a higher one starts before a lower one that came at the same time.</summary>
public enum GateRank
{
    /// <summary>Starts before the other ranks.</summary>
    High,

    /// <summary>After <see cref="High"/>, unless it has waited longer by more than <see cref="GateOptions.Aging"/>.</summary>
    Normal,

    /// <summary>After <see cref="Normal"/>, unless it has waited longer by more than <see cref="GateOptions.Aging"/>.</summary>
    Low,
}
