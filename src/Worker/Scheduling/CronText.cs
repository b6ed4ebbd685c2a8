using System.Diagnostics.CodeAnalysis;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>Reads cron expressions as operators write them.</summary>
public static class CronText
{
    /// <summary>What is accepted.</summary>
    public const string Accepted =
        "a cron expression of five fields (minute hour day-of-month month day-of-week) such as '*/5 * * * *', "
        + "or of six with the seconds first; day-of-month and day-of-week cannot both be restricted";

    /// <summary>Reads five fields as crontab does, Sunday being 0 or 7; a sixth in front of them is the seconds.</summary>
    public static bool TryParse(string text, TimeZoneInfo zone, [NotNullWhen(true)] out CronExpression? expression)
    {
        expression = null;
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // In crontab two restricted day fields mean either, which is easily read as both: such a schedule is better written as two.
        if (fields.Length is not (5 or 6) || (IsRestricted(fields[^3]) && IsRestricted(fields[^1])))
        {
            return false;
        }

        if (!CronExpression.TryParse(string.Join(' ', fields[^5..]), CronFormat.Unix, out var minutes))
        {
            return false;
        }

        var quartz = minutes.CronExpressionString;
        if (fields.Length == 6)
        {
            quartz = fields[0] + quartz[quartz.IndexOf(' ', StringComparison.Ordinal)..];
        }

        if (!CronExpression.TryParse(quartz, out var parsed))
        {
            return false;
        }

        expression = parsed.WithTimeZone(zone);
        return true;
    }

    private static bool IsRestricted(string dayField) => dayField is not ("*" or "?");
}
