using Gateway.Worker.Configuration;

namespace Gateway.Worker.Settlement;

/// <summary>How reports are kept right.</summary>
/// <param name="LookbackDays">
/// How many business days, the last that is over included, the daily report looks at (<c>SETTLEMENT_LOOKBACK</c>): those without a report
/// get one, and those whose figures have changed get a correction. From 1 to 92.
/// </param>
public sealed record SettlementOptions(int LookbackDays)
{
    private const string Variable = "SETTLEMENT_LOOKBACK";
    private const int MostDays = 92;

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static SettlementOptions Read(Settings settings)
    {
        const int Default = 7;
        if (settings.OptionalText(Variable) is not { } text)
        {
            return new SettlementOptions(Default);
        }

        if (Settings.ParseDuration(text) is { TotalDays: >= 1 and <= MostDays } lookback && lookback == TimeSpan.FromDays(lookback.Days))
        {
            return new SettlementOptions(lookback.Days);
        }

        settings.Reject(Variable, text, $"a number of whole days such as 7d, from 1d to {MostDays}d");
        return new SettlementOptions(Default);
    }
}
