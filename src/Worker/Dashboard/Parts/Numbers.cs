using System.Globalization;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Numbers as people read them, with their unit.</summary>
internal static class Numbers
{
    /// <summary>A count with thin groups, such as 1,204,000; a dash when it is not known.</summary>
    public static string Count(long? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";

    /// <summary>A part of a whole, such as 99.7 %.</summary>
    public static string Percent(double? part) =>
        part is not { } known ? "–"
        : known is < 1 and > 0.9995 ? "99.9 %"
        : (known * 100).ToString(known is 0 or 1 ? "0 '%'" : "0.0 '%'", CultureInfo.InvariantCulture);

    /// <summary>Dollars to the cent, such as 1,204.50 USD; a dash when they are not known.</summary>
    public static string Usd(decimal? amount) =>
        amount is { } known ? known.ToString("#,##0.00 'USD'", CultureInfo.InvariantCulture) : "–";

    /// <summary>VND, such as 1,204,500 ₫ or 1,204,500.50 ₫; a dash when they are not known.</summary>
    public static string Vnd(decimal? amount) =>
        amount is { } known
            ? known.ToString(known == decimal.Truncate(known) ? "#,##0 '₫'" : "#,##0.00 '₫'", CultureInfo.InvariantCulture)
            : "–";

    /// <summary>Coins, with as many decimals as there are.</summary>
    public static string Coins(decimal? amount) =>
        amount is { } known ? known.ToString("#,##0.##################", CultureInfo.InvariantCulture) : "–";

    /// <summary>Milliseconds as 12 ms, 1.2 s or 3 min 20 s.</summary>
    public static string Milliseconds(double? milliseconds) =>
        milliseconds is { } known ? Duration(TimeSpan.FromMilliseconds(known)) : "–";

    /// <summary>How long something took or will take, in its two largest units.</summary>
    public static string Duration(TimeSpan span)
    {
        var length = span.Duration();
        FormattableString text = length switch
        {
            { TotalMilliseconds: < 1 } when length > TimeSpan.Zero => $"< 1 ms",
            { TotalSeconds: < 1 } => $"{length.TotalMilliseconds:0} ms",
            { TotalSeconds: < 10 } => $"{length.TotalSeconds:0.0} s",
            { TotalMinutes: < 1 } => $"{length.TotalSeconds:0} s",
            { TotalHours: < 1 } => $"{length.Minutes} min {length.Seconds} s",
            { TotalDays: < 1 } => $"{length.Hours} h {length.Minutes} min",
            _ => $"{length.Days} d {length.Hours} h",
        };
        return FormattableString.Invariant(text);
    }

    /// <summary>A time as seen from now: <c>3 min 20 s ago</c>, <c>in 12 s</c>, <c>now</c>.</summary>
    public static string Ago(TimeSpan fromNow)
    {
        var whole = TimeSpan.FromSeconds(Math.Round(fromNow.TotalSeconds));
        return whole == TimeSpan.Zero ? Texts.Now
            : Say.With(whole < TimeSpan.Zero ? Texts.Ago : Texts.In, Whole(whole.Duration()));
    }

    private static string Whole(TimeSpan length) => length.TotalMinutes < 1 ? $"{length.Seconds} s" : Duration(length);
}
