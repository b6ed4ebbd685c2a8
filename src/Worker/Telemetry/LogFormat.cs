namespace Gateway.Worker.Telemetry;

/// <summary>How a log line looks.</summary>
public enum LogFormat
{
    /// <summary>For a person at a terminal.</summary>
    Text,

    /// <summary>One JSON object a line, for a collector of logs.</summary>
    Json,
}
