namespace Gateway.Tests.Persistence;

/// <summary>What happens to a message that is handed to the worker.</summary>
public enum Fate
{
    /// <summary>It is handled and acknowledged.</summary>
    Handled,

    /// <summary>The worker dies after the attempt and before its record; the broker hands the message out again.</summary>
    DiesBeforeRecord,

    /// <summary>The worker dies after the record and before the acknowledgement.</summary>
    DiesAfterRecord,

    /// <summary>The same, and Redis is emptied.</summary>
    DiesAfterRecordAndRegisterForgets,

    /// <summary>The broker loses what it was sent out of the waiting room.</summary>
    Lost,

    /// <summary>It comes some steps later, when it is taken for lost already.</summary>
    Late,
}

/// <summary>What happens to an entry that leaves the waiting room.</summary>
public enum Sending
{
    /// <summary>The broker has it, and its lease says so.</summary>
    Noted,

    /// <summary>The broker has it, and the worker dies before it can say so.</summary>
    NotNoted,

    /// <summary>The broker has it, but its confirm did not come.</summary>
    NotConfirmed,

    /// <summary>The worker dies before it is sent.</summary>
    NotSent,
}

/// <summary>What a merchant answers.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="RetryAfter">In seconds; null for none.</param>
public sealed record Answer(int Status, int? RetryAfter = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Status}{(RetryAfter is null ? "" : $"+{RetryAfter}s")}";
}

/// <summary>What is to happen to a delivery. A list that has come to its end goes on with the first value of its type.</summary>
/// <param name="Merchant">The merchant, from 0.</param>
/// <param name="BeginsAt">The step at which it is published, from 0.</param>
/// <param name="Answers">What the merchant answers to each attempt.</param>
/// <param name="Fates">What becomes of its messages.</param>
/// <param name="Sendings">What becomes of its entry each time it is sent.</param>
/// <param name="CancelledAt">The step from which on an operator cancels it if it waits; null for never.</param>
public sealed record DeliveryLife(
    int Merchant, int BeginsAt, IReadOnlyList<Answer> Answers, IReadOnlyList<Fate> Fates, IReadOnlyList<Sending> Sendings, int? CancelledAt)
{
    /// <summary>How many attempts it gets if nobody cancels it.</summary>
    public int Attempts
    {
        get
        {
            var end = Answers.ToList().FindIndex(answer => answer.Status is 200 or 410);
            return end < 0 ? Answers.Count : end + 1;
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"of merchant {Merchant} from {BeginsAt}: {string.Join(' ', Answers)}; {string.Join(' ', Fates)}; {string.Join(' ', Sendings)}; cancelled at {CancelledAt}";
}
