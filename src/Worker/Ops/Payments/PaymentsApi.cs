using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Payments;

/// <summary>Look up a payment.</summary>
public static class PaymentsApi
{
    /// <summary>Maps <c>GET /api/payments/{id}</c>.</summary>
    public static void MapPayments(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/payments/{id}", GetAsync).ForViewers().WithTags("payments")
            .WithSummary("A payment with its webhooks in order, their attempts and what the merchant answered");

    private static async Task<Results<Ok<PaymentResponse>, ProblemHttpResult>> GetAsync(
        string id, PaymentLookup payments, CancellationToken cancellationToken) =>
        (await payments.FindAsync(id, cancellationToken)).ToHttp(TypedResults.Ok);
}
