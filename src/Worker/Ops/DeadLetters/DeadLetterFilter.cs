namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Which letters of a queue. Null means any.</summary>
/// <param name="Id">The letter's id.</param>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Event">The event.</param>
/// <param name="Reason">The reason, as the list shows it.</param>
public sealed record DeadLetterFilter(string? Id = null, string? MerchantId = null, string? Event = null, string? Reason = null)
{
    internal bool Takes(DeadLetterMessage letter) =>
        (Id is null || Id == letter.Id)
        && (MerchantId is null || MerchantId == letter.MerchantId)
        && (Event is null || Event == letter.Event)
        && (Reason is null || Reason == letter.Reason);
}
