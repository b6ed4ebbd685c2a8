namespace Gateway.Worker.Ops.Access;

/// <summary>What came of a change.</summary>
public enum ActionOutcome
{
    /// <summary>It is done, or taken over.</summary>
    Done,

    /// <summary>It was refused: not allowed, not valid, or nothing was there to change.</summary>
    Refused,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It is under way, or the worker died before it could tell.</summary>
    Open,
}
