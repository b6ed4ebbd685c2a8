using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>How figures that were reported have changed.</summary>
/// <param name="Was">The figures as the generation before told them.</param>
/// <param name="Is">The figures as they are now.</param>
public sealed record FiguresChange(
    [property: JsonPropertyName("was")] SettlementFigures Was,
    [property: JsonPropertyName("is")] SettlementFigures Is)
{
    /// <summary>What came to it; below zero for what went.</summary>
    [JsonPropertyName("difference")]
    public SettlementFigures Difference => Is - Was;

    /// <summary>The figures that differ, by their names.</summary>
    [JsonIgnore]
    internal IEnumerable<(string Name, Tally Was, Tally Is, Tally Difference)> Tallies
    {
        get
        {
            foreach (var (name, figure, _) in SettlementFigures.Named)
            {
                if (figure(Is) != figure(Was))
                {
                    yield return (name, figure(Was), figure(Is), figure(Difference));
                }
            }
        }
    }
}
