namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>The words for failed attempts in messages, the job log and the API.</summary>
public static class AttemptReason
{
    /// <summary>The word for an outcome.</summary>
    public static string Of(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Succeeded => "succeeded",
        AttemptOutcome.Status => "status",
        AttemptOutcome.Gone => "gone",
        AttemptOutcome.Redirect => "redirect",
        AttemptOutcome.Timeout => "timeout",
        AttemptOutcome.Dns => "dns",
        AttemptOutcome.AddressRefused => "address_refused",
        AttemptOutcome.Connect => "connect",
        AttemptOutcome.Tls => "tls",
        AttemptOutcome.Broken => "broken",
        AttemptOutcome.Bomb => "bomb",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no word for this outcome"),
    };
}
