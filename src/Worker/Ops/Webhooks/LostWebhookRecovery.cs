using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Sends again what RabbitMQ has lost, page by page.</summary>
public sealed class LostWebhookRecovery(LostDeliveries lost, BrokerAlarms alarms, TimeProvider time)
{
    private const int MostAtOnce = 1_000;

    /// <summary>How many webhooks all pages would be about.</summary>
    public async Task<Result<RecoveryCount>> CountAsync(RecoverLostRequest request, CancellationToken cancellationToken)
    {
        if (Complaint(request) is { } complaint)
        {
            return complaint;
        }

        var count = await lost.CountAsync(request.MerchantId, request.Before!.Value.UtcDateTime, cancellationToken);
        return Result.Done(new RecoveryCount(count), $"counted {count}");
    }

    /// <summary>Sends one page.</summary>
    public async Task<Result<ResentPage>> SendAsync(RecoverLostRequest request, CancellationToken cancellationToken)
    {
        if (Complaint(request) is { } complaint)
        {
            return complaint;
        }

        if (alarms.Now is { } alarm)
        {
            return Refusal.InAlarm("Nothing sent", alarm);
        }

        // Of very many it may take long to find a page. The limit is for the servers that are sent to.
        var found = await lost.TakeAsync(
            request.MerchantId, request.Before!.Value.UtcDateTime, CursorOf(request), request.Limit ?? MostAtOnce, cancellationToken);
        using var limit = new CancellationTokenSource(ServersOfSending.LongestSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var page = await lost.SendAsync(found, either.Token);
            return Result.Done(page, $"released {page.Released}, sent {page.Sent}, {page.Unknown.Count} unknown");
        }
        catch (Exception exception) when (ServersOfSending.AreAway(exception, limit.Token))
        {
            return Result.Refused<ResentPage>(
                Refusal.Unavailable(
                    "Not all sent",
                    "Redis or RabbitMQ does not answer. Some may have been sent; ask the same again when they do: "
                    + "what is sent twice is delivered once."),
                "not all sent, then a server did not answer");
        }
    }

    private static JobCursor? CursorOf(RecoverLostRequest request) =>
        JobCursor.TryParse(request.Cursor, CultureInfo.InvariantCulture, out var cursor) ? cursor : null;

    private Refusal? Complaint(RecoverLostRequest request)
    {
        var complaint = request switch
        {
            { Before: null } => "before is missing: give the time at which RabbitMQ lost its messages, such as 2026-01-31T08:00:00Z.",
            { Before: var before } when before > time.GetUtcNow() => $"before {before:O} is in the future.",
            { Cursor: not null } when CursorOf(request) is null => "cursor is not one that this API gave.",
            { Limit: < 1 or > MostAtOnce } => $"limit {request.Limit} is not a number from 1 to {MostAtOnce}.",
            _ => null,
        };
        return complaint is null ? null : Refusal.Invalid("Not a valid recovery", complaint);
    }
}
