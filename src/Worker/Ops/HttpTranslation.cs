using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops;

/// <summary>Says in HTTP what a use case answers.</summary>
internal static class HttpTranslation
{
    extension<T>(Result<T> result)
        where T : notnull
    {
        /// <summary>What was asked for, or a problem.</summary>
        public Results<TShown, ProblemHttpResult> ToHttp<TShown>(Func<T, TShown> show)
            where TShown : IResult => result.IsDone ? show(result.Value) : ProblemOf(result.Refusal);

        /// <summary>The same result, of which the trail of this request is to have the outcome.</summary>
        public Result<T> WithOutcomeIn(HttpContext context)
        {
            if (result.Outcome is { } outcome)
            {
                context.SetOutcome(outcome);
            }

            return result;
        }

        /// <summary>The status of the answer. The trail has the same one, whoever asked.</summary>
        public int ToStatus() => result switch
        {
            { Refusal.Kind: var kind } => StatusOf(kind),
            { IsUnderWay: true } => StatusCodes.Status202Accepted,
            { Value: Unit } => StatusCodes.Status204NoContent,
            _ => StatusCodes.Status200OK,
        };
    }

    /// <summary>A refusal as a problem.</summary>
    public static ProblemHttpResult ProblemOf(Refusal refusal) => Problems.Create(StatusOf(refusal.Kind), refusal.Title, refusal.Detail);

    /// <summary>The status with which an exception is answered.</summary>
    public static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException unreadable => unreadable.StatusCode,
        OperationCanceledException => StatusCodes.Status499ClientClosedRequest,
        _ when ServersAway.ServerOf(exception) is not null => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => StatusCodes.Status400BadRequest,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
