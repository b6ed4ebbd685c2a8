using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register's answer to somebody who wants to attempt a delivery.</summary>
public abstract record Claim
{
    private Claim()
    {
    }

    /// <summary>
    /// As in <see cref="Claimant.OccurredAt"/>, of whoever attempted it before; null where nobody did, or the message told the time.
    /// </summary>
    public DateTime? OccurredAt { get; private init; }

    /// <summary>Nobody attempts the delivery: the attempt is to be made.</summary>
    public sealed record Free : Claim;

    /// <summary>Another consumer is attempting it right now.</summary>
    public sealed record HeldByOther : Claim;

    /// <summary>The attempt was made, and a later one has begun: there is nothing left to do.</summary>
    public sealed record Past : Claim;

    /// <summary>Under this id the merchant is sent, or was sent, something else.</summary>
    public sealed record Conflict : Claim;

    /// <summary>An outcome that makes this attempt needless: a success, or what a consumer that died had reached.</summary>
    public sealed record Made : Claim
    {
        /// <summary>Answers with the outcome.</summary>
        public Made(AttemptRecord record) => (Record, OccurredAt) = (record, record.OccurredAt);

        /// <summary>The outcome.</summary>
        public AttemptRecord Record { get; }
    }

    /// <summary>
    /// The answer when an outcome is known. It makes an attempt needless when the merchant has the webhook; or when there may be another
    /// message for this attempt and it, or a later one, was made already. Any other outcome says nothing: somebody has published the
    /// delivery again from the start.
    /// </summary>
    internal static Claim After(AttemptRecord made, Claimant mine, bool mayBeRepeated) =>
        made.Content != mine.Content ? new Conflict()
        : mayBeRepeated && made.Attempt > mine.Attempt ? new Past()
        : made.Result.Outcome == AttemptOutcome.Succeeded || (mayBeRepeated && made.Attempt == mine.Attempt) ? new Made(made)
        : new Free { OccurredAt = made.OccurredAt };

    /// <summary>
    /// The answer while an attempt is claimed. A message that the broker hands out again has lost its consumer, whose claim it takes over;
    /// what another message has claimed, of this attempt or of a later one, belongs to somebody who lives, or who comes again himself.
    /// </summary>
    internal static Claim Beside(Claimant claimed, Claimant mine, bool mayBeRepeated) =>
        claimed.Content != mine.Content ? new Conflict()
        : mayBeRepeated && claimed.Attempt == mine.Attempt + 1 ? new Past()
        : mayBeRepeated && (claimed.Attempt < mine.Attempt || (claimed.Attempt == mine.Attempt && claimed.MayBe(mine)))
            ? new Free { OccurredAt = claimed.OccurredAt }
        : new HeldByOther();
}
