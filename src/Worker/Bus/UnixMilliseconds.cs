using System.Globalization;

namespace Gateway.Worker.Bus;

/// <summary>A time as the worker's headers say it: Unix time in whole milliseconds, in decimal digits.</summary>
public static class UnixMilliseconds
{
    /// <summary>The text for a time, UTC.</summary>
    public static string Format(DateTime time) =>
        // In whole numbers, because the last time that there is would be rounded to one that there is not.
        ((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture);

    /// <summary>The number that a text says; null when it is no number, or one below 0. It may be no time that there is.</summary>
    public static long? Parse(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : null;
}
