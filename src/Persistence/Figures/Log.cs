using Microsoft.Extensions.Logging;

namespace Gateway.Persistence.Figures;

/// <summary>What the counts of attempts tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(511, LogLevel.Warning, "The counts by merchant cannot be added to the database; they wait in memory")]
    public static partial void CountsWait(this ILogger logger, Exception exception);
}
