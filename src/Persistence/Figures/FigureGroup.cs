namespace Gateway.Persistence.Figures;

/// <summary>By what figures are put together.</summary>
public enum FigureGroup
{
    /// <summary>By the queue from which the jobs were taken.</summary>
    Queue,

    /// <summary>By the type of the job.</summary>
    Type,

    /// <summary>By the minute in which the attempts began.</summary>
    Minute,

    /// <summary>By the hour.</summary>
    Hour,

    /// <summary>By the merchant of a webhook.</summary>
    Merchant,

    /// <summary>By the event that a webhook tells.</summary>
    Event,
}
