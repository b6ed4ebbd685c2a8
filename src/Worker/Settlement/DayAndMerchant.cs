namespace Gateway.Worker.Settlement;

/// <summary>The day and the merchant that figures are of.</summary>
internal readonly record struct DayAndMerchant(DateOnly Date, Guid MerchantId);
