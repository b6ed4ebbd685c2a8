using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Send webhooks again: one, or all of a merchant and a time window.</summary>
public static class RecoveryApi
{
    /// <summary>Maps the routes under <c>/api/webhooks</c>.</summary>
    public static void MapRecovery(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/api/webhooks").WithTags("webhooks").ForViewers();
        webhooks.MapPost("/{id}/redeliver", RedeliverAsync).ForOperators().WithSummary("Send one webhook again under the same webhook-id");
        webhooks.MapPost("/recover", RecoverAsync).ForOperators()
            .WithSummary("Send a merchant's failed and skipped webhooks of a time window again; with dry_run, count them");
        webhooks.MapPost("/recover/lost", RecoverLostAsync).ForOperators()
            .WithSummary("Send again what RabbitMQ has lost, page by page; with dry_run, count it");
        webhooks.MapGet("/recoveries", ListAsync).WithSummary("The latest recoveries");
        webhooks.MapGet("/recoveries/{id}", GetAsync).WithSummary("How far a recovery is");
        webhooks.MapPost("/recoveries/{id}/stop", StopAsync).ForOperators().WithSummary("Send no more; what was sent stays sent");
    }

    private static async Task<Results<Accepted<PublishedJob>, ProblemHttpResult>> RedeliverAsync(
        string id,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        WebhookRedelivery redelivery,
        CancellationToken cancellationToken) =>
        (await redelivery.RedeliverAsync(id, merchantId, cancellationToken)).ToHttp(JobsApi.ToPlace);

    private static async Task<Results<Ok<RecoveryCount>, Accepted<RecoveryResponse>, ProblemHttpResult>> RecoverAsync(
        RecoverRequest request, RecoveryOrders recoveries, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.DryRun)
        {
            var count = (await recoveries.CountAsync(request, cancellationToken)).ToldTo(context);
            return count.IsDone ? TypedResults.Ok(count.Value) : HttpTranslation.ProblemOf(count.Refusal);
        }

        var order = (await recoveries.BeginAsync(request, context.OperatorName, cancellationToken)).ToldTo(context);
        return order.IsDone
            ? TypedResults.Accepted(
                $"/api/webhooks/recoveries/{order.Value.Recovery.RecoveryId}", RecoveryResponse.Of(order.Value))
            : HttpTranslation.ProblemOf(order.Refusal);
    }

    private static async Task<Results<Ok<RecoveryCount>, Ok<RecoverLostResponse>, ProblemHttpResult>> RecoverLostAsync(
        RecoverLostRequest request, LostWebhookRecovery recovery, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.DryRun)
        {
            var count = (await recovery.CountAsync(request, cancellationToken)).ToldTo(context);
            return count.IsDone ? TypedResults.Ok(count.Value) : HttpTranslation.ProblemOf(count.Refusal);
        }

        var page = (await recovery.SendAsync(request, cancellationToken)).ToldTo(context);
        return page.IsDone ? TypedResults.Ok(RecoverLostResponse.Of(page.Value)) : HttpTranslation.ProblemOf(page.Refusal);
    }

    private static async Task<Ok<RecoveryResponse[]>> ListAsync(RecoveryOrders recoveries, CancellationToken cancellationToken) =>
        TypedResults.Ok((await recoveries.ListAsync(cancellationToken)).Select(RecoveryResponse.Of).ToArray());

    private static async Task<Results<Ok<RecoveryResponse>, ProblemHttpResult>> GetAsync(
        string id, RecoveryOrders recoveries, CancellationToken cancellationToken) =>
        (await recoveries.FindAsync(id, cancellationToken)).ToHttp(order => TypedResults.Ok(RecoveryResponse.Of(order)));

    private static async Task<Results<Ok<RecoveryResponse>, ProblemHttpResult>> StopAsync(
        string id, RecoveryOrders recoveries, HttpContext context, CancellationToken cancellationToken) =>
        (await recoveries.StopAsync(id, cancellationToken)).ToldTo(context).ToHttp(order => TypedResults.Ok(RecoveryResponse.Of(order)));
}
