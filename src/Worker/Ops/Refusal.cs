using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops;

/// <summary>Why something that was asked for is not done.</summary>
/// <param name="Kind">What kind of reason it is.</param>
/// <param name="Title">The reason in two or three words.</param>
/// <param name="Detail">The reason in a sentence that says what to do.</param>
public sealed record Refusal(RefusalKind Kind, string Title, string Detail)
{
    /// <summary>What is wrong by field; null where the complaint is about no field.</summary>
    public IReadOnlyDictionary<string, string[]>? Fields { get; private init; }

    internal static Refusal Invalid(string title, string detail) => new(RefusalKind.Invalid, title, detail);

    internal static Refusal InvalidField(string field, string complaint) =>
        new(RefusalKind.Invalid, "Not valid", complaint) { Fields = new Dictionary<string, string[]> { [field] = [complaint] } };

    internal static Refusal NotAFilter(string complaint) => Invalid("Not a valid filter", complaint);

    internal static Refusal NotFound(string title, string detail) => new(RefusalKind.NotFound, title, detail);

    /// <summary>Why nothing can be of a queue; null when something can, or none is named.</summary>
    internal static Refusal? UnknownQueue(GatewayQueues queues, string? queue) => queue is null || queues.Names.Contains(queue)
        ? null
        : NotFound("Queue not found", $"There is no queue '{queue}'. The queues are {string.Join(", ", queues.Names)}.");

    internal static Refusal Conflict(string title, string detail) => new(RefusalKind.Conflict, title, detail);

    internal static Refusal Unavailable(string title, string detail) => new(RefusalKind.Unavailable, title, detail);

    /// <summary>RabbitMQ takes no messages, so nothing is sent, and nothing is changed.</summary>
    internal static Refusal InAlarm(string title, string alarm) =>
        Unavailable(title, $"RabbitMQ takes no messages: {alarm}. Try again when it is over.");

    internal static Refusal NotAnOperator(string name) => new(
        RefusalKind.Forbidden, "An operator is needed", $"'{name}' has the role viewer, which may read and not change.");

    internal static Refusal NotEmbedded(string because) => Conflict("Not in embedded mode", $"{because}, and embedded mode has none.");
}
