namespace Gateway.Worker.Dashboard.Parts;

/// <summary>The words and tones of states.</summary>
internal static class StateWords
{
    /// <summary>The word for a state of the API.</summary>
    public static string WordOf(string state) =>
        Texts.ResourceManager.GetString($"State_{state}", Texts.Culture) ?? state.Replace('_', ' ');

    /// <summary>good, bad, warn, busy or calm.</summary>
    public static string ToneOf(string state) => state switch
    {
        "succeeded" or "enabled" or "delivered" or "done" or "running" or "ok" => "good",
        "dead" or "disabled" or "failed" or "lost" or "below" => "bad",
        "retrying" or "paused" or "failing" or "held" or "late" or "unreadable" or "stopping" => "warn",
        "active" or "started" => "busy",
        _ => "calm",
    };
}
