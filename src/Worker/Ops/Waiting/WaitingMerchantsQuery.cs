namespace Gateway.Worker.Ops.Waiting;

/// <summary>A question for what waits by merchant.</summary>
/// <param name="MerchantId">Only this merchant; null for all.</param>
/// <param name="Count">The most merchants.</param>
public sealed record WaitingMerchantsQuery(Guid? MerchantId, int Count)
{
    internal const int MostMerchants = 1_000;

    private const int DefaultCount = 50;

    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public static Result<WaitingMerchantsQuery> Read(string? merchantId, string? limit)
    {
        var text = new FilterText();
        var query = new WaitingMerchantsQuery(
            text.Uuid("merchant_id", merchantId), text.Limit(limit, DefaultCount, MostMerchants));
        return text.Complaint is { } complaint ? Refusal.NotAFilter(complaint) : query;
    }
}
