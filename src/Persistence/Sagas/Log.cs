using Microsoft.Extensions.Logging;

namespace Gateway.Persistence.Sagas;

/// <summary>What the sagas in Redis tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(601, LogLevel.Error, "What Redis holds under {Key} cannot be read: {Complaint}. The saga starts anew in its place")]
    public static partial void SagaUnreadable(this ILogger logger, string key, string complaint);
}
