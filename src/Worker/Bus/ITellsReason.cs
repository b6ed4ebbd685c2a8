namespace Gateway.Worker.Bus;

/// <summary>An exception that has a word for why a message is given up, as it stands in the job log too.</summary>
internal interface ITellsReason
{
    /// <summary>One word of at most 64 characters, such as <c>invalid_event</c>.</summary>
    string Reason { get; }

    /// <summary>The job, where the message may not tell; null when nobody knows.</summary>
    Guid? JobId => null;
}
