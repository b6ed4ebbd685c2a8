namespace Gateway.Worker.Ops;

/// <summary>Kinds of reasons why something is not done.</summary>
public enum RefusalKind
{
    /// <summary>What was asked for cannot be understood, or is impossible.</summary>
    Invalid,

    /// <summary>It may only be done by an operator.</summary>
    Forbidden,

    /// <summary>What the request is about does not exist.</summary>
    NotFound,

    /// <summary>It does not fit what has happened before.</summary>
    Conflict,

    /// <summary>A server that it needs does not answer.</summary>
    Unavailable,
}
