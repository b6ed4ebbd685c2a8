using System.Globalization;
using Gateway.Worker.Dashboard.Parts;

namespace Gateway.Worker.Dashboard.Schedules;

/// <summary>A cron expression in words, where it is of a usual form.</summary>
internal static class CronWords
{
    /// <summary>Such as "every 5 minutes" for <c>*/5 * * * *</c>; null for a form that has no simple words.</summary>
    public static string? Of(string cron) => cron.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["*" or "*/1", "*", "*", "*", "*"] => Texts.EveryMinute,
        [['*', '/', .. var step], "*", "*", "*", "*"] when IsDivisor(step, of: 60) => Say.With(Texts.EveryMinutes, step),
        [var minute, "*", "*", "*", "*"] when IsNumber(minute, below: 60) => Say.With(Texts.EveryHour, TwoDigits(minute)),
        [var minute, var hour, "*", "*", "*"] when IsNumber(minute, below: 60) && IsNumber(hour, below: 24) =>
            Say.With(Texts.EveryDay, $"{TwoDigits(hour)}:{TwoDigits(minute)}"),
        _ => null,
    };

    // Every 7 minutes would be untrue: such an expression begins anew with each hour.
    private static bool IsDivisor(string text, int of) =>
        IsNumber(text, below: of) && int.Parse(text, CultureInfo.InvariantCulture) is > 0 and var step && of % step == 0;

    private static bool IsNumber(string text, int below) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < below;

    private static string TwoDigits(string number) => number.PadLeft(2, '0');
}
