namespace Gateway.Worker.Dashboard.Parts;

/// <summary>The words and tones of states and reasons.</summary>
internal static class StateWords
{
    /// <summary>The word for a state of the API.</summary>
    public static string WordOf(string state) => WordOf("State", state);

    /// <summary>The words for why a webhook waits.</summary>
    public static string WaitOf(string reason) => WordOf("Wait", reason);

    /// <summary>The words for why an attempt or a letter failed; the API's own word where there is no other.</summary>
    public static string ReasonOf(string? reason) => reason is null ? "" : WordOf("Reason", reason);

    /// <summary>The word for a kind of thing that was found.</summary>
    public static string KindOf(string kind) => WordOf("Kind", kind);

    /// <summary>good, bad, warn, busy or calm.</summary>
    public static string ToneOf(string state) => state switch
    {
        "succeeded" or "enabled" or "delivered" or "done" or "running" or "ok" or "inside" or "completed" => "good",
        "dead" or "disabled" or "failed" or "lost" or "below" or "above" or "unreadable" => "bad",
        "retrying" or "paused" or "failing" or "held" or "late" or "stopping" or "requeueing" => "warn",
        "active" or "started" or "requeued" or "confirming" => "busy",
        _ => "calm",
    };

    private static string WordOf(string kind, string word) =>
        Texts.ResourceManager.GetString($"{kind}_{word}", Texts.Culture) ?? word.Replace('_', ' ');
}
