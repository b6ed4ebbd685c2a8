using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Gateway.Persistence.Waiting;

/// <summary>The words for each <see cref="WaitReason"/>, such as <c>no_room</c>.</summary>
public static class WaitReasons
{
    private static readonly IReadOnlyDictionary<WaitReason, string> Words =
        Enum.GetValues<WaitReason>().ToDictionary(
            reason => reason, reason => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()));

    /// <summary>Every word.</summary>
    public static IEnumerable<string> All => Words.Values;

    /// <summary>The word for a reason. One of a later version is shown as its number.</summary>
    public static string Word(this WaitReason reason) => Words.TryGetValue(reason, out var word) ? word : reason.ToString();

    /// <summary>The reason that a word stands for.</summary>
    public static bool TryParse([NotNullWhen(true)] string? word, out WaitReason reason)
    {
        foreach (var (known, name) in Words)
        {
            if (name == word)
            {
                reason = known;
                return true;
            }
        }

        reason = default;
        return false;
    }
}
