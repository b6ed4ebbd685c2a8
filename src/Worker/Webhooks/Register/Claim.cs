namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register's answer to somebody who wants to attempt a delivery.</summary>
/// <param name="IsHeldByOther">Another consumer is attempting it right now.</param>
/// <param name="Made">The outcome of the attempt that was made last, when one is known.</param>
public readonly record struct Claim(bool IsHeldByOther, AttemptMark? Made)
{
    /// <summary>Go ahead.</summary>
    public static Claim Free => default;
}
