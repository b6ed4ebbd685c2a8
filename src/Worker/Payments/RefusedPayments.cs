using System.Globalization;
using Npgsql;

namespace Gateway.Worker.Payments;

/// <summary>Due payments that the database refuses to change, or that cannot be read, with the reasons.</summary>
internal sealed class RefusedPayments
{
    /// <summary>More than that is no matter of single payments.</summary>
    internal const int Most = 100;

    private const int MostNamed = 3;

    private readonly Dictionary<Guid, string> _reasons = [];

    /// <summary>How many.</summary>
    public int Count => _reasons.Count;

    /// <summary>Which they are.</summary>
    public Guid[] Ids => [.. _reasons.Keys];

    /// <summary>
    /// Whether a trigger, a constraint or a value of one row can have caused it. A database that is away, busy or read-only is another matter
    /// (PostgreSQL manual, appendix A): then nothing can be expired, and the job is tried again.
    /// </summary>
    public static bool CanCause(Exception exception) => exception switch
    {
        PostgresException database => !database.IsTransient
            && database.SqlState is not (['0', '8', ..] or ['2', '5', ..] or ['4', '2', ..] or ['5', ..]),
        InvalidCastException or OverflowException or FormatException or ArgumentException => true,
        InvalidOperationException { InnerException: { } inner } => CanCause(inner),
        _ => false,
    };

    /// <summary>Adds one, and returns the reason.</summary>
    public string Add(Guid payment, Exception refusal) =>
        _reasons[payment] = refusal is PostgresException { MessageText: var text } ? text : refusal.Message;

    /// <summary>How many there are and some of their names, as the end of a sentence; empty when there is none.</summary>
    public override string ToString()
    {
        if (Count == 0)
        {
            return "";
        }

        var named = string.Join("; ", _reasons.Take(MostNamed).Select(each => $"{each.Key} ({each.Value})"));
        return string.Create(CultureInfo.InvariantCulture, $", refused: {Count}: {named}") + (Count > MostNamed ? "; …" : "");
    }
}
