namespace Gateway.Persistence.DeadLetters;

/// <summary>How much a letter says, so that a page of large ones can end early.</summary>
/// <param name="LetterId">The letter.</param>
/// <param name="DiedAt">UTC; when its message was given up.</param>
/// <param name="Bytes">About how many bytes it says, what is kept of its webhook included; 0 where nothing is left.</param>
internal sealed record LetterSize(Guid LetterId, DateTime DiedAt, int Bytes)
{
    /// <summary>The sizes of letters, in their order.</summary>
    public static IQueryable<LetterSize> From(GatewayDbContext db, IQueryable<DeadLetter> letters) => letters.Select(l => new LetterSize(
        l.LetterId,
        l.DiedAt,
        // What an exhausted webhook says is kept with its job.
        l.Body != null
            ? l.Body.Length
            : db.KeptWebhooks.Where(w => w.DeliveryId == l.JobId && w.MerchantId == l.MerchantId)
                .Select(w => (int?)w.Payload.Length).FirstOrDefault() ?? 0));
}
