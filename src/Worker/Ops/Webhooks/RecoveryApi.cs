using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Bulk;
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
    }

    private static async Task<Results<Accepted<PublishedJob>, ProblemHttpResult>> RedeliverAsync(
        string id,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        WebhookRedelivery redelivery,
        CancellationToken cancellationToken) =>
        (await redelivery.RedeliverAsync(id, merchantId, cancellationToken)).ToHttp(JobsApi.ToPlace);

    private static async Task<Results<Ok<RecoveryCount>, Accepted<BulkResponse>, ProblemHttpResult>> RecoverAsync(
        RecoverRequest request, WebhookRecovery recoveries, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.DryRun)
        {
            var count = (await recoveries.CountAsync(request, cancellationToken)).WithOutcomeIn(context);
            return count.IsDone ? TypedResults.Ok(count.Value) : HttpTranslation.ProblemOf(count.Refusal);
        }

        var order = (await recoveries.BeginAsync(request, context.OperatorName, cancellationToken)).WithOutcomeIn(context);
        return order.IsDone ? BulkApi.ToPlace(order.Value) : HttpTranslation.ProblemOf(order.Refusal);
    }

    private static async Task<Results<Ok<RecoveryCount>, Ok<RecoverLostResponse>, ProblemHttpResult>> RecoverLostAsync(
        RecoverLostRequest request, LostWebhookRecovery recovery, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.DryRun)
        {
            var count = (await recovery.CountAsync(request, cancellationToken)).WithOutcomeIn(context);
            return count.IsDone ? TypedResults.Ok(count.Value) : HttpTranslation.ProblemOf(count.Refusal);
        }

        var page = (await recovery.SendAsync(request, cancellationToken)).WithOutcomeIn(context);
        return page.IsDone ? TypedResults.Ok(RecoverLostResponse.From(page.Value)) : HttpTranslation.ProblemOf(page.Refusal);
    }
}
