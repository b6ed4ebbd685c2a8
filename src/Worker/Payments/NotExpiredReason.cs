namespace Gateway.Worker.Payments;

/// <summary>Why a payment that is due has not expired, as the label of the metric and the job's detail have it.</summary>
internal static class NotExpiredReason
{
    /// <summary><c>expires_at</c> is null: nobody can tell when it is due, and the gateway's tables name no rule for it.</summary>
    public const string NoTime = "no_time";

    /// <summary><c>expires_at</c> is before 1970 or -infinity, which is a fault of who wrote it and no end of anything.</summary>
    public const string Before1970 = "before_1970";

    /// <summary>
    /// Somebody else has held the row at every tick since it was due, for longer than <see cref="NotExpired.LockedAfter"/>.
    /// </summary>
    public const string Locked = "locked";

    /// <summary>The database refuses the change, by a trigger or a constraint.</summary>
    public const string Refused = "refused";

    /// <summary>The row holds a value that cannot be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>All reasons.</summary>
    public static readonly IReadOnlyList<string> All = [NoTime, Before1970, Locked, Refused, Unreadable];
}
