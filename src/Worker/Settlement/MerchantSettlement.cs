using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>The figures of one merchant.</summary>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Name">The business's name.</param>
/// <param name="Figures">What happened.</param>
public sealed record MerchantSettlement(
    [property: JsonPropertyName("merchant_id")] Guid MerchantId,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("figures")] SettlementFigures Figures);
