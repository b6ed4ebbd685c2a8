namespace Gateway.Worker.Settlement;

/// <summary>What figures are of.</summary>
internal readonly record struct DayAndMerchant(DateOnly Date, Guid MerchantId);
