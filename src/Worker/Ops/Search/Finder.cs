using Gateway.Persistence.Search;

namespace Gateway.Worker.Ops.Search;

/// <summary>Answers what a text names: a payment, a payout, a merchant, a webhook or another job.</summary>
public sealed class Finder(TextSearch search)
{
    private const int LongestText = 255;

    /// <summary>What was found.</summary>
    public async Task<Result<SearchResponse>> FindAsync(string? text, CancellationToken cancellationToken)
    {
        if (text?.Trim() is not { Length: > 0 and <= LongestText } wanted)
        {
            return Refusal.Invalid(
                "Nothing to find",
                $"q is the text to find, of 1 to {LongestText} characters: an id, a payment's reference, an order's id, "
                + "a transaction's hash, or a part of a merchant's name.");
        }

        var found = await search.FindAsync(wanted, cancellationToken);
        return new SearchResponse([.. found.Things.Select(SearchHit.From)], found.NotSearched);
    }
}
