using System.Data.Common;
using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Writes a row of <c>operator_actions</c> for every change: before it is made who asked for what, and afterwards what came of it. A change
/// that cannot be written down is not made. Publishing a webhook is no operator's change: services do that too, and its row is in
/// <c>job_runs</c>.
/// </summary>
public sealed class OperatorTrail(
    RequestDelegate next, IDbContextFactory<GatewayDbContext> contexts, TimeProvider time, ILogger<OperatorTrail> logger)
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

        var now = time.GetUtcNow();
        var action = new OperatorAction
        {
            ActionId = Guid.CreateVersion7(now),
            At = now.UtcDateTime,
            Operator = Short(context.OperatorName, 64),
            Address = context.Connection.RemoteIpAddress?.ToString(),
            Action = Short($"{request.Method} {route.RoutePattern.RawText}", 255),
            Target = Short(request.Path + request.QueryString, 1024),
        };
        try
        {
            await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
            db.OperatorActions.Add(action);
            await db.SaveChangesAsync(context.RequestAborted);
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or TimeoutException or InvalidOperationException)
        {
            Log.NotWrittenDown(logger, action.Action, exception);
            await Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                "Not done",
                "The database does not answer, so the change cannot be written down, and is not made.").ExecuteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            await EndAsync(action.ActionId, context.Response.StatusCode, context.Outcome);
        }
    }

    private async Task EndAsync(Guid actionId, int statusCode, string? outcome)
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
            await db.OperatorActions.Where(a => a.ActionId == actionId).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.StatusCode, (int?)statusCode).SetProperty(a => a.Outcome, outcome), CancellationToken.None);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or InvalidOperationException)
        {
            // That it was asked for is written down; its outcome is only here.
            Log.OutcomeNotWrittenDown(logger, actionId, statusCode, outcome, exception);
        }
    }

    private static string Short(string text, int length) => text.Length <= length ? text : text[..length];
}
