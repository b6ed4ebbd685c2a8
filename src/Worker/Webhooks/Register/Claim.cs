namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register's answer to somebody who wants to attempt a delivery.</summary>
/// <param name="IsHeldByOther">Another consumer is attempting it right now.</param>
/// <param name="Made">The outcome that makes this attempt needless: a success, or what a consumer that died had reached.</param>
public readonly record struct Claim(bool IsHeldByOther, AttemptMark? Made)
{
    /// <summary>Go ahead.</summary>
    public static Claim Free => default;

    /// <summary>Somebody else is at it.</summary>
    public static Claim Held => new(IsHeldByOther: true, Made: null);

    /// <summary>
    /// Whether an outcome makes an attempt needless: the merchant has the webhook; or the broker hands the message out again and
    /// this attempt, or a later one, was made already. The outcome of an earlier attempt says nothing.
    /// </summary>
    internal static bool IsSettledBy(AttemptMark made, int attempt, bool isRedelivered) =>
        made.Result.Outcome == AttemptOutcome.Succeeded || (isRedelivered && made.Attempt >= attempt);
}
