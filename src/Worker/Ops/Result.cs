namespace Gateway.Worker.Ops;

/// <summary>Results of which there is more to say than what was asked for, or why not.</summary>
internal static class Result
{
    /// <summary>It is taken over, and goes on by itself.</summary>
    public static Result<T> UnderWay<T>(T value, string? outcome = null)
        where T : notnull => new() { Value = value, Outcome = outcome, IsUnderWay = true };

    /// <summary>It is done, and this came of it.</summary>
    public static Result<T> Done<T>(T value, string outcome)
        where T : notnull => new() { Value = value, Outcome = outcome };

    /// <summary>It is refused, and this came of it all the same.</summary>
    public static Result<T> Refused<T>(Refusal refusal, string outcome)
        where T : notnull => new() { Refusal = refusal, Outcome = outcome };
}
