namespace Gateway.Persistence.DeadLetters;

/// <summary>Chooses dead letters: those of which every property that is given holds. Null means any.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>Where the letters stand.</summary>
    public DeadLetterState State { get; init; } = DeadLetterState.Dead;

    /// <summary>The one letter of this id.</summary>
    public Guid? LetterId { get; init; }

    /// <summary>The queue from which they were taken.</summary>
    public string? Queue { get; init; }

    /// <summary>The merchant's id as text.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event of a webhook.</summary>
    public string? Event { get; init; }

    /// <summary>The word for why the message was given up.</summary>
    public string? Reason { get; init; }

    /// <summary>UTC; they died then or later.</summary>
    public DateTime? From { get; init; }

    /// <summary>UTC; they died before.</summary>
    public DateTime? To { get; init; }

    internal IQueryable<DeadLetter> Apply(IQueryable<DeadLetter> letters)
    {
        letters = State switch
        {
            // Said as a constant, because the indexes hold the dead ones alone.
            DeadLetterState.Dead => letters.Where(l => l.State == DeadLetterState.Dead),
            var state => letters.Where(l => l.State == state),
        };
        if (LetterId is { } letterId)
        {
            letters = letters.Where(l => l.LetterId == letterId);
        }

        if (Queue is { } queue)
        {
            letters = letters.Where(l => l.Queue == queue);
        }

        if (MerchantId is { } merchantId)
        {
            letters = letters.Where(l => l.MerchantId == merchantId);
        }

        if (Event is { } @event)
        {
            letters = letters.Where(l => l.Event == @event);
        }

        if (Reason is { } reason)
        {
            letters = letters.Where(l => l.Reason == reason);
        }

        if (From is { } from)
        {
            letters = letters.Where(l => l.DiedAt >= from);
        }

        return To is { } to ? letters.Where(l => l.DiedAt < to) : letters;
    }
}
