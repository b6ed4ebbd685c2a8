using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>What a generation of a report says otherwise than the one before it.</summary>
public sealed record SettlementCorrection
{
    /// <summary>The generation that is corrected.</summary>
    [JsonPropertyName("corrects")]
    public required int Corrects { get; init; }

    /// <summary>UTC; when the figures of that generation were read.</summary>
    [JsonPropertyName("corrected_generated_at")]
    public required DateTime CorrectedGeneratedAt { get; init; }

    /// <summary>All merchants together. They may be the same where a payment went from one merchant to another.</summary>
    [JsonPropertyName("totals")]
    public required FiguresChange Totals { get; init; }

    /// <summary>Each merchant whose figures differ, by name.</summary>
    [JsonPropertyName("merchants")]
    public required IReadOnlyList<MerchantChange> Merchants { get; init; }

    /// <summary>Compares a report with the generation before it. Null when no figure of any merchant differs.</summary>
    public static SettlementCorrection? Between(SettlementReport before, SettlementReport after)
    {
        var was = before.Merchants.ToDictionary(merchant => merchant.MerchantId);
        var now = after.Merchants.ToDictionary(merchant => merchant.MerchantId);
        SettlementFigures Figures(Dictionary<Guid, MerchantSettlement> merchants, Guid id) =>
            merchants.GetValueOrDefault(id)?.Figures ?? SettlementFigures.None;
        MerchantChange[] changed =
        [
            .. was.Keys.Union(now.Keys)
                .Select(id => new MerchantChange(
                    id,
                    now.GetValueOrDefault(id)?.Name ?? was[id].Name,
                    new FiguresChange(Figures(was, id), Figures(now, id))))
                .Where(merchant => merchant.Change.Was != merchant.Change.Is)
                .OrderBy(merchant => merchant.Name, StringComparer.Ordinal).ThenBy(merchant => merchant.MerchantId),
        ];
        return changed.Length == 0 ? null : new SettlementCorrection
        {
            Corrects = before.Generation,
            CorrectedGeneratedAt = before.GeneratedAt,
            Totals = new FiguresChange(before.Totals, after.Totals),
            Merchants = changed,
        };
    }
}
