namespace Gateway.Persistence.DeadLetters;

/// <summary>Dead letters that have the same reason, queue and merchant.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Queue">The queue from which they were taken.</param>
/// <param name="MerchantId">The merchant's id as text; null where the message names none.</param>
/// <param name="Count">How many letters there are.</param>
/// <param name="OldestAt">UTC; when the first of them died.</param>
/// <param name="NewestAt">UTC; when the last of them died.</param>
public sealed record DeadLetterGroup(string Reason, string Queue, string? MerchantId, long Count, DateTime OldestAt, DateTime NewestAt);
