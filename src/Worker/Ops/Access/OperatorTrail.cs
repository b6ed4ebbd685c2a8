namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Has every change that is asked for over the API written down, also one whose body cannot be read. Publishing a webhook is no operator's
/// change: services do that too, and its row is in <c>job_runs</c>.
/// </summary>
public sealed class OperatorTrail(RequestDelegate next, OperatorActions actions)
{
    /// <summary>Writes down one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var isChange = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && request.Path.StartsWithSegments("/api");
        if (!isChange || request.Path.StartsWithSegments("/api/jobs/webhooks") || context.GetEndpoint() is not RouteEndpoint route)
        {
            await next(context);
            return;
        }

        var who = Caller.From(context.User, context.Connection.RemoteIpAddress);
        var change = new RequestedChange($"{request.Method} {route.RoutePattern.RawText}", request.Path + request.QueryString);
        if (await actions.BeginAsync(who, change, context.RequestAborted) is not { } actionId)
        {
            await HttpTranslation.ProblemOf(OperatorActions.NotWrittenDown).ExecuteAsync(context);
            return;
        }

        int? failed = null;
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            // Whoever answers it is called later.
            failed = HttpTranslation.StatusOf(exception);
            throw;
        }
        finally
        {
            await actions.EndAsync(actionId, failed ?? context.Response.StatusCode, context.Outcome);
        }
    }
}
