namespace Gateway.Benchmarks;

/// <summary>How the queued messages are written.</summary>
internal enum MessageFormat
{
    /// <summary>MassTransit's envelope, as a .NET service publishes it.</summary>
    Envelope,

    /// <summary>Plain JSON, as a Go or Node service publishes it.</summary>
    Plain,
}
