using Gateway.Persistence.JobLog;
using Microsoft.AspNetCore.Diagnostics;

namespace Gateway.Worker.Ops;

/// <summary>Answers 400 to a list of jobs that would take too long, and asks for a time.</summary>
internal sealed class TooWideFilters(IProblemDetailsService problems) : IExceptionHandler
{
    /// <inheritdoc/>
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not FilterTooWideException tooWide)
        {
            return ValueTask.FromResult(false);
        }

        httpContext.Response.StatusCode = StatusCodes.Status400BadRequest;
        return problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails =
            {
                Status = StatusCodes.Status400BadRequest,
                Title = "Too wide a filter",
                Detail = tooWide.Message,
            },
        });
    }
}
