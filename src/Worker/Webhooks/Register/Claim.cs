using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register's answer to somebody who wants to attempt a delivery.</summary>
/// <param name="IsHeldByOther">Another consumer is attempting it right now.</param>
/// <param name="IsPast">The attempt was made and recorded, with what follows from it: there is nothing left to do.</param>
/// <param name="Made">
/// The outcome that makes this attempt needless, where it is known: a success, or what a consumer that died had reached.
/// </param>
public readonly record struct Claim(bool IsHeldByOther, bool IsPast, AttemptRecord? Made)
{
    /// <summary>Under this id the merchant is sent, or was sent, something else.</summary>
    public bool IsConflict { get; private init; }

    /// <summary>
    /// As in <see cref="Claimant.OccurredAt"/>, of whoever attempted it before; null where nobody did, or the message told the time.
    /// </summary>
    public DateTime? OccurredAt { get => Made?.OccurredAt ?? field; private init; }

    /// <summary>Go ahead.</summary>
    public static Claim Free => default;

    /// <summary>Somebody else is at it.</summary>
    public static Claim Held => new(IsHeldByOther: true, IsPast: false, Made: null);

    /// <summary>It was made and recorded; its outcome is not known here.</summary>
    public static Claim Past => new(IsHeldByOther: false, IsPast: true, Made: null);

    /// <summary>The id is used for something else.</summary>
    public static Claim Conflict => new() { IsConflict = true };

    /// <summary>Whether the attempt may be made.</summary>
    public bool IsFree => this with { OccurredAt = null } == Free;

    /// <summary>
    /// The answer when an outcome is known. It makes an attempt needless when the merchant has the webhook; or when there may be another
    /// message for this attempt and it, or a later one, was made already. Any other outcome says nothing: somebody has published the
    /// delivery again from the start.
    /// </summary>
    internal static Claim After(AttemptRecord made, Claimant mine, bool mayBeRepeated) =>
        made.Content != mine.Content ? Conflict
        : mayBeRepeated && made.Attempt > mine.Attempt ? Past
        : made.Result.Outcome == AttemptOutcome.Succeeded || (mayBeRepeated && made.Attempt == mine.Attempt)
            ? new Claim(IsHeldByOther: false, IsPast: false, made)
        : new Claim { OccurredAt = made.OccurredAt };

    /// <summary>
    /// The answer while an attempt is claimed. A message that the broker hands out again has lost its consumer, whose claim it takes over;
    /// what another message has claimed, of this attempt or of a later one, belongs to somebody who lives, or who comes again himself.
    /// </summary>
    internal static Claim Beside(Claimant claimed, Claimant mine, bool mayBeRepeated) =>
        claimed.Content != mine.Content ? Conflict
        : mayBeRepeated && claimed.Attempt == mine.Attempt + 1 ? Past
        : mayBeRepeated && (claimed.Attempt < mine.Attempt || (claimed.Attempt == mine.Attempt && claimed.MayBe(mine)))
            ? new Claim { OccurredAt = claimed.OccurredAt }
        : Held;
}
