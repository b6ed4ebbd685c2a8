using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Waiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Look at the webhooks that wait, make them due now, cancel them.</summary>
public static class WaitingApi
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;
    private const int MaxMerchants = 1_000;

    // One request ends before whoever asks takes it for lost.
    private const int MostCancelled = 50_000;

    /// <summary>Maps the routes under <c>/api/waiting</c>.</summary>
    public static void MapWaiting(this IEndpointRouteBuilder app)
    {
        var waiting = app.MapGroup("/api/waiting").WithTags("waiting").ForViewers();
        waiting.MapGet("/", ListAsync).WithSummary("A page of the webhooks that wait for an attempt, the soonest first");
        waiting.MapGet("/merchants", ListMerchantsAsync).WithSummary("What waits by merchant, and who is left alone for a while");
        waiting.MapPost("/release", ReleaseAsync).ForOperators()
            .WithSummary("Make due now what matches, and end the hold of its merchants; with dry_run, count it");
        waiting.MapPost("/cancel", CancelAsync).ForOperators()
            .WithSummary("Cancel what matches, up to 50,000 at once; with dry_run, count it");
    }

    private static async Task<Results<Ok<WaitingPageAnswer>, ProblemHttpResult>> ListAsync(
        WaitingList waiting,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? @event,
        [FromQuery] string? reason,
        [FromQuery] string? attempt,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery(Name = "on_the_road")] string? onTheRoad,
        [FromQuery] string? unreadable,
        [FromQuery] string? cursor,
        [FromQuery] string? limit,
        CancellationToken cancellationToken)
    {
        var text = new FilterText();
        var filter = new WaitingFilter
        {
            MerchantId = text.Uuid("merchant_id", merchantId),
            Event = @event,
            Reason = text.Reason(reason),
            IsFirstAttempt = text.IsFirstAttempt(attempt),
            DueFrom = text.Time("from", from),
            DueTo = text.Time("to", to),
            IsOnTheRoad = text.Flag("on_the_road", onTheRoad),
            IsUnreadable = text.Flag("unreadable", unreadable),
        };
        var (after, count) = (text.Cursor(cursor), text.Limit(limit, DefaultLimit, MaxLimit));
        if (text.Complaint is { } complaint)
        {
            return NotAFilter(complaint);
        }

        var page = await waiting.ListAsync(filter, after, count, cancellationToken);
        return TypedResults.Ok(new WaitingPageAnswer([.. page.Entries.Select(WaitingAnswer.Of)], page.Next?.ToString()));
    }

    private static async Task<Results<Ok<WaitingMerchantsAnswer>, ProblemHttpResult>> ListMerchantsAsync(
        WaitingList waiting,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? limit,
        CancellationToken cancellationToken)
    {
        var text = new FilterText();
        var (merchant, count) = (text.Uuid("merchant_id", merchantId), text.Limit(limit, DefaultLimit, MaxMerchants));
        if (text.Complaint is { } complaint)
        {
            return NotAFilter(complaint);
        }

        var merchants = await waiting.ListMerchantsAsync(merchant, count, cancellationToken);
        return TypedResults.Ok(new WaitingMerchantsAnswer([.. merchants.Select(WaitingMerchantAnswer.Of)]));
    }

    private static async Task<Results<Ok<WaitingCountAnswer>, Ok<ReleaseAnswer>, ProblemHttpResult>> ReleaseAsync(
        WaitingRequest request,
        WaitingList waiting,
        EndpointHolds holds,
        WaitingSignal signal,
        BrokerAlarms alarms,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (FilterOf(request, out var complaint) is not { } filter)
        {
            return NotAFilter(complaint!);
        }

        if (request.DryRun)
        {
            var count = await waiting.CountAsync(filter, cancellationToken);
            context.SetOutcome($"counted {count.Waiting}");
            return IsOfOneDisabled(filter, count.Waiting - count.OfDisabled, count.OfDisabled)
                ? Disabled()
                : TypedResults.Ok(new WaitingCountAnswer(count.Waiting - count.OfDisabled, count.OnTheRoad, count.OfDisabled));
        }

        if (alarms.Now is { } alarm)
        {
            return Problems.InAlarm("Not released", alarm);
        }

        var outcome = await waiting.ReleaseAsync(filter, cancellationToken);
        foreach (var merchantId in outcome.HoldsEnded)
        {
            // Other workers hear of it within a second, and until then let what comes wait again.
            holds.End(merchantId);
        }

        signal.Set();
        context.SetOutcome(
            $"released {outcome.Released}, {outcome.OnTheRoad} on the road, {outcome.OfDisabled} of disabled endpoints, "
            + $"{outcome.HoldsEnded.Count} holds ended");
        return IsOfOneDisabled(filter, outcome.Released, outcome.OfDisabled)
            ? Disabled()
            : TypedResults.Ok(new ReleaseAnswer(outcome.Released, outcome.OnTheRoad, outcome.OfDisabled, outcome.HoldsEnded.Count));
    }

    private static async Task<Results<Ok<WaitingCountAnswer>, Ok<CancelAnswer>, ProblemHttpResult>> CancelAsync(
        WaitingRequest request, WaitingList waiting, WaitingSignal signal, HttpContext context, CancellationToken cancellationToken)
    {
        if (FilterOf(request, out var complaint) is not { } filter)
        {
            return NotAFilter(complaint!);
        }

        if (request.DryRun)
        {
            var count = await waiting.CountAsync(filter, cancellationToken);
            context.SetOutcome($"counted {count.Waiting}");
            return TypedResults.Ok(new WaitingCountAnswer(count.Waiting, count.OnTheRoad));
        }

        var outcome = await waiting.CancelAsync(filter, MostCancelled, cancellationToken);
        signal.Set();
        context.SetOutcome($"cancelled {outcome.Cancelled}, {outcome.OnTheRoad} on the road{(outcome.HasMore ? ", more are left" : "")}");
        return TypedResults.Ok(new CancelAnswer(outcome.Cancelled, outcome.OnTheRoad, outcome.HasMore));
    }

    private static WaitingFilter? FilterOf(WaitingRequest request, out string? complaint)
    {
        var text = new FilterText();
        var filter = new WaitingFilter
        {
            DeliveryId = text.Uuid("delivery_id", request.DeliveryId),
            MerchantId = text.Uuid("merchant_id", request.MerchantId),
            Event = request.Event,
            Reason = text.Reason(request.Reason),
        };
        complaint = text.Complaint ?? (filter == new WaitingFilter() && !request.All
            ? "There is no filter. Give delivery_id, merchant_id, event or reason, or \"all\": true for all that waits."
            : null);
        return complaint is null ? filter : null;
    }

    private static bool IsOfOneDisabled(WaitingFilter filter, int released, int ofDisabled) =>
        (filter.MerchantId ?? filter.DeliveryId) is not null && released == 0 && ofDisabled > 0;

    private static ProblemHttpResult Disabled() => Problems.Of(
        StatusCodes.Status409Conflict,
        "Not released",
        "The endpoint is disabled; enable it first: POST /api/webhooks/endpoints/{merchant}/enable.");

    private static ProblemHttpResult NotAFilter(string complaint) =>
        Problems.Of(StatusCodes.Status400BadRequest, "Not a valid filter", complaint);
}
