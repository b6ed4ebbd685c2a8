using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Worker.Ops;

/// <summary>Answers a request whose body or parameters cannot be read with a problem that says why: the field, not the code.</summary>
internal sealed class UnreadableRequests(IProblemDetailsService problems) : IExceptionHandler
{
    /// <inheritdoc/>
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException unreadable)
        {
            return ValueTask.FromResult(false);
        }

        httpContext.Response.StatusCode = unreadable.StatusCode;
        return problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails =
            {
                Status = unreadable.StatusCode,
                Title = "The request cannot be read",
                Detail = unreadable switch
                {
                    // What is no message of the library's does not say where.
                    { InnerException: JsonException { Message: NulCheck.Complaint, Path: { } path } } =>
                        $"{path.TrimStart('$', '.')} {NulCheck.Complaint}.",
                    { InnerException: JsonException json } => json.Message,
                    _ when httpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } =>
                        "The body is missing; send JSON.",
                    // ASP.NET's own words are about our code.
                    _ when unreadable.Message.StartsWith("Implicit body inferred", StringComparison.Ordinal) =>
                        "The body is null; send a JSON object.",
                    _ => unreadable.Message,
                },
            },
        });
    }
}
