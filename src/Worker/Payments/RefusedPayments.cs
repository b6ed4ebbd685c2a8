using Npgsql;

namespace Gateway.Worker.Payments;

/// <summary>Due payments that the database refuses to change, or that cannot be read, with the reasons.</summary>
internal sealed class RefusedPayments
{
    /// <summary>More than that is no matter of single payments.</summary>
    internal const int Most = 100;

    private readonly Dictionary<Guid, NotExpired> _payments = [];

    /// <summary>How many payments were refused.</summary>
    public int Count => _payments.Count;

    /// <summary>The ids of the payments that were refused.</summary>
    public Guid[] Ids => [.. _payments.Keys];

    /// <summary>Whether there are so many that the next one would be refused as well.</summary>
    public bool IsTooMany => Count >= Most;

    /// <summary>
    /// Whether a trigger, a constraint or a value of one row can have caused it. A database that is away, busy or read-only is another
    /// matter (PostgreSQL manual, appendix A): then nothing can be expired, and the job is tried again.
    /// </summary>
    public static bool CanCause(Exception exception) => exception switch
    {
        PostgresException database => !database.IsTransient
            && database.SqlState is not (['0', '8', ..] or ['2', '5', ..] or ['4', '2', ..] or ['5', ..]),
        InvalidCastException or OverflowException or FormatException or ArgumentException => true,
        InvalidOperationException { InnerException: { } inner } => CanCause(inner),
        _ => false,
    };

    /// <summary>Adds a payment, and returns the reason in the database's words.</summary>
    public string Add(Guid payment, Exception refusal)
    {
        var (reason, words) = refusal is PostgresException { MessageText: var text }
            ? (NotExpiredReason.Refused, text)
            : (NotExpiredReason.Unreadable, refusal.Message);
        _payments[payment] = new NotExpired(reason, payment, words);
        return words;
    }

    /// <summary>How many were refused by reason, with the first of each.</summary>
    public IEnumerable<NotExpired> Summarize() =>
        _payments.Values.GroupBy(payment => payment.Reason)
            .SelectMany(group => group.Take(NotExpired.MostNamed).Select(payment => payment with { Count = group.Count() }));
}
