using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>A merchant whose figures have changed; one that came had none, and one that went has none.</summary>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Name">The business's name.</param>
/// <param name="Change">How the figures have changed.</param>
public sealed record MerchantChange(
    [property: JsonPropertyName("merchant_id")] Guid MerchantId,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("figures")] FiguresChange Change);
