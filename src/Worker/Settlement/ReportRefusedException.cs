namespace Gateway.Worker.Settlement;

/// <summary>A day cannot be settled, now or ever.</summary>
/// <param name="reason"><c>day_not_over</c>, <c>before_first_payment</c>, <c>zone_changed</c> or <c>invalid</c>.</param>
/// <param name="message">Why, in a sentence.</param>
public sealed class ReportRefusedException(string reason, string message) : Exception(message)
{
    /// <summary>The reason, by one word.</summary>
    public string Reason { get; } = reason;
}
