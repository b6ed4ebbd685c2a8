using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops;

/// <summary>Problem details (RFC 9457).</summary>
internal static class Problems
{
    public static ProblemHttpResult Create(int status, string title, string detail) =>
        TypedResults.Problem(statusCode: status, title: title, detail: detail);
}
