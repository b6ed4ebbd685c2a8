namespace Gateway.Persistence.Search;

/// <summary>Something that a text names.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id.</param>
/// <param name="By">What of it the text is, such as <c>order_id</c>.</param>
/// <param name="MerchantId">Whose it is, as text.</param>
/// <param name="Name">What it is called: a payment's reference, a merchant's name, a webhook's event.</param>
/// <param name="State">Where it stands, in the words of its table.</param>
public sealed record Found(FoundKind Kind, Guid Id, string By, string? MerchantId, string? Name, string? State);
