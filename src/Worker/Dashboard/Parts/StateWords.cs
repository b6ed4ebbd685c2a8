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

    /// <summary>What a check of the ready probe is about.</summary>
    public static string CheckOf(string check) => WordOf("Check", check);

    /// <summary>The words for what came of a change.</summary>
    public static string OutcomeOf(string outcome) => WordOf("State", outcome);

    /// <summary>
    /// The words for a change that the trail names by its route, such as <c>POST /api/queues/{queue}/pause</c>; the route where there are
    /// none.
    /// </summary>
    public static string ChangeOf(string action)
    {
        var key = action.Replace("/api/", "", StringComparison.Ordinal).Select(c => char.IsAsciiLetter(c) ? c : '_');
        return Texts.ResourceManager.GetString($"Change_{new string([.. key])}", Texts.Culture) ?? action;
    }

    /// <summary>good, bad, warn, busy or calm.</summary>
    public static string ToneOf(string state) => state switch
    {
        "succeeded" or "enabled" or "delivered" or "done" or "running" or "ok" or "inside" or "completed" or "alive" => "good",
        "dead" or "disabled" or "failed" or "lost" or "below" or "above" or "unreadable" or "silent" => "bad",
        "retrying" or "paused" or "failing" or "held" or "late" or "stopping" or "requeueing" or "refused" => "warn",
        "active" or "started" or "requeued" or "confirming" => "busy",
        _ => "calm",
    };

    private static string WordOf(string kind, string word) =>
        Texts.ResourceManager.GetString($"{kind}_{word}", Texts.Culture) ?? word.Replace('_', ' ');
}
