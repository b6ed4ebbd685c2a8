using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>A page of what waits, the soonest first.</summary>
/// <param name="Waiting">The webhooks.</param>
/// <param name="Cursor">Give it back as <c>cursor</c> for the next page; null on the last one.</param>
public sealed record WaitingPageResponse(IReadOnlyList<WaitingResponse> Waiting, string? Cursor)
{
    /// <summary>Shows a page.</summary>
    public static WaitingPageResponse From(WaitingPage page) => new([.. page.Entries.Select(WaitingResponse.From)], page.Next?.ToString());
}
