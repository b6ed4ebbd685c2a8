using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops;

/// <summary>Problem details (RFC 9457).</summary>
internal static class Problems
{
    public static ProblemHttpResult Of(int status, string title, string detail) =>
        TypedResults.Problem(statusCode: status, title: title, detail: detail);

    /// <summary>RabbitMQ takes no messages, so nothing is sent, and nothing is changed.</summary>
    public static ProblemHttpResult InAlarm(string title, string alarm) => Of(
        StatusCodes.Status503ServiceUnavailable, title, $"RabbitMQ takes no messages: {alarm}. Try again when it is over.");

    public static ProblemHttpResult NotEmbedded(string because) => Of(
        StatusCodes.Status409Conflict, "Not in embedded mode", $"{because}, and embedded mode has none.");
}
