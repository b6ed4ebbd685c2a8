using System.Globalization;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>Who makes an attempt.</summary>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="MessageId">
/// The message that asks for it, which stays the same when the broker hands it out again; null for one without an id.
/// </param>
public readonly record struct Claimant(int Attempt, Guid? MessageId)
{
    private const string Word = "claimed";

    /// <summary>What the message says, as in <see cref="WebhookContent.HashOf"/>.</summary>
    public uint Content { get; init; }

    /// <summary>
    /// UTC; the time that the webhook tells the merchant, where only the message's arrival gave it one: whoever attempts the delivery next
    /// is to say the same. Null where the message tells the time itself, which then needs nobody to remember it.
    /// </summary>
    public DateTime? OccurredAt { get; init; }

    /// <summary>Writes it as one line of text.</summary>
    public string Format() =>
        string.Create(CultureInfo.InvariantCulture, $"{Word}|{Attempt}|{MessageId:N}|{Content:x}|{OccurredAt?.Ticks}");

    /// <summary>Reads what <see cref="Format"/> wrote; null when it is something else, such as an outcome.</summary>
    public static Claimant? Parse(string? text)
    {
        var parts = text?.Split('|') ?? [];
        return parts.Length is 4 or 5
            && parts[0] == Word
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var attempt)
            && uint.TryParse(parts[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var content)
            ? new Claimant(attempt, Guid.TryParseExact(parts[2], "N", out var messageId) ? messageId : null)
            {
                Content = content,
                OccurredAt = AttemptRecord.ParseTime(parts.ElementAtOrDefault(4)),
            }
            : null;
    }

    /// <summary>The time of the one before, where the message tells none and there is one.</summary>
    internal Claimant After(Claim claim) => OccurredAt is null ? this : this with { OccurredAt = claim.OccurredAt ?? OccurredAt };

    /// <summary>Whether both may be one message. Where one has no id, that is taken to be so.</summary>
    public bool MayBe(Claimant other) => MessageId is not { } mine || other.MessageId is not { } theirs || mine == theirs;
}
