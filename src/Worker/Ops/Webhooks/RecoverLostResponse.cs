using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>The answer of <c>POST /api/webhooks/recover/lost</c>.</summary>
/// <param name="Released">How many waited for an attempt and had been sent; the waiting room sends them again.</param>
/// <param name="Sent">How many were sent again.</param>
/// <param name="Unknown">Those of which the database has no payload: their publishers can publish them again under the same id.</param>
/// <param name="Cursor">Ask again with it, there are more; null when there are not.</param>
public sealed record RecoverLostResponse(int Released, int Sent, IReadOnlyList<Guid> Unknown, string? Cursor)
{
    /// <summary>Shows a page.</summary>
    public static RecoverLostResponse From(ResentPage page) => new(page.Released, page.Sent, page.Unknown, page.Next?.ToString());
}
