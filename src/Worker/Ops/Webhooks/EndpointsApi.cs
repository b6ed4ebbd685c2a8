using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Look at merchants' endpoints, enable and disable them.</summary>
public static class EndpointsApi
{
    /// <summary>Maps the routes under <c>/api/webhooks/endpoints</c>.</summary>
    public static void MapEndpoints(this IEndpointRouteBuilder app)
    {
        var endpoints = app.MapGroup("/api/webhooks/endpoints").WithTags("webhooks").ForViewers();
        endpoints.MapGet("/", ListAsync).WithSummary("The endpoints that fail or are disabled");
        endpoints.MapGet("/{merchantId}", GetAsync).WithSummary("One merchant's endpoint");
        endpoints.MapPost("/{merchantId}/enable", EnableAsync).ForOperators()
            .WithSummary("Send webhooks to it again, and say how many were skipped");
        endpoints.MapPost("/{merchantId}/disable", DisableAsync).ForOperators().WithSummary("Skip its webhooks from now on");
    }

    private static async Task<Results<Ok<EndpointsResponse>, ProblemHttpResult>> ListAsync(
        [FromQuery] string? state, EndpointSearch endpoints, CancellationToken cancellationToken) =>
        (await endpoints.FindAsync(state, cancellationToken)).ToHttp(TypedResults.Ok);

    private static async Task<Results<Ok<EndpointResponse>, ProblemHttpResult>> GetAsync(
        string merchantId, EndpointSearch endpoints, CancellationToken cancellationToken) =>
        (await endpoints.FindOneAsync(merchantId, cancellationToken)).ToHttp(TypedResults.Ok);

    private static async Task<Results<Ok<EndpointResponse>, ProblemHttpResult>> EnableAsync(
        string merchantId, EndpointControl control, HttpContext context, CancellationToken cancellationToken) =>
        (await control.EnableAsync(merchantId, context.OperatorName, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);

    private static async Task<Results<Ok<EndpointResponse>, ProblemHttpResult>> DisableAsync(
        string merchantId, EndpointControl control, HttpContext context, CancellationToken cancellationToken) =>
        (await control.DisableAsync(merchantId, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);
}
