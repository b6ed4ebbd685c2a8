using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Recovery;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Sends a merchant's failed and skipped webhooks of a time window again.</summary>
public sealed class RecoveryOrders(
    Resending resending, IDbContextFactory<GatewayDbContext> contexts, BrokerAlarms alarms, TimeProvider time)
{
    private const int DefaultRate = 50;
    private const int MostPerSecond = 1_000;
    private const int MostListed = 100;

    /// <summary>How many webhooks it would be about.</summary>
    public async Task<Result<RecoveryCount>> CountAsync(RecoverRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Complaint(request, now) is { } complaint)
        {
            return complaint;
        }

        var count = await resending.CountAsync(New(request, now, by: "", total: 0), cancellationToken);
        return Result.Done(new RecoveryCount(count), $"counted {count}");
    }

    /// <summary>Begins with it.</summary>
    /// <param name="request">Which webhooks, and how many a second.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<RecoveryOrder>> BeginAsync(RecoverRequest request, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Complaint(request, now) is { } complaint)
        {
            return complaint;
        }

        var count = await resending.CountAsync(New(request, now, by, total: 0), cancellationToken);
        var recovery = New(request, now, by, count);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Recoveries.Add(recovery);
        await db.SaveChangesAsync(cancellationToken);
        return Result.UnderWay(Show(recovery), $"recovery {recovery.RecoveryId} of {count}");
    }

    /// <summary>The latest.</summary>
    public async Task<IReadOnlyList<RecoveryOrder>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var recoveries = await db.Recoveries.AsNoTracking()
            .OrderByDescending(r => r.CreatedAt).Take(MostListed).ToListAsync(cancellationToken);
        return [.. recoveries.Select(Show)];
    }

    /// <summary>How far one is.</summary>
    /// <param name="id">The recovery's id, as text.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<RecoveryOrder>> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return Guid.TryParse(id, out var recoveryId)
            && await db.Recoveries.AsNoTracking().SingleOrDefaultAsync(r => r.RecoveryId == recoveryId, cancellationToken) is { } recovery
                ? Show(recovery)
                : Refusal.NotFound("Recovery not found", $"There is no recovery '{id}'.");
    }

    /// <summary>Sends no more of one; what was sent stays sent.</summary>
    /// <param name="id">The recovery's id, as text.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<RecoveryOrder>> StopAsync(string id, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var recoveryId))
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            await db.Recoveries.Where(r => r.RecoveryId == recoveryId && r.State == RecoveryState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RecoveryState.Stopped), cancellationToken);
        }

        return await FindAsync(id, cancellationToken);
    }

    private RecoveryOrder Show(Recovery recovery) =>
        new(recovery, recovery.State == RecoveryState.Running ? alarms.Reason : null);

    private static Recovery New(RecoverRequest request, DateTimeOffset now, string by, int total) => new()
    {
        RecoveryId = Guid.CreateVersion7(now),
        MerchantId = request.MerchantId!,
        Event = request.Event,
        From = request.From!.Value.UtcDateTime,
        To = (request.To ?? now).UtcDateTime,
        IncludesDead = StatesOf(request).Contains("dead"),
        IncludesSkipped = StatesOf(request).Contains("skipped"),
        RatePerSecond = request.RatePerSecond ?? DefaultRate,
        Total = total,
        CreatedBy = by,
        CreatedAt = now.UtcDateTime,
        UpdatedAt = now.UtcDateTime,
    };

    private static string[] StatesOf(RecoverRequest request) => request.States is { Length: > 0 } given ? given : ["dead", "skipped"];

    private static Refusal? Complaint(RecoverRequest request, DateTimeOffset now)
    {
        var complaint = request switch
        {
            { MerchantId: null or "" } => "merchant_id is missing.",
            { From: null } => "from is missing: give the beginning of the time window, such as 2026-01-31T08:00:00Z.",
            { From: var from, To: var to } when from >= (to ?? now) => $"from {from:O} is not before to {to ?? now:O}.",
            _ when StatesOf(request).FirstOrDefault(state => state is not ("dead" or "skipped")) is { } wrong =>
                $"states: '{wrong}' is not one of dead, skipped.",
            { RatePerSecond: < 1 or > MostPerSecond } =>
                $"rate_per_second {request.RatePerSecond} is not a number from 1 to {MostPerSecond}.",
            _ => null,
        };
        return complaint is null ? null : Refusal.Invalid("Not a valid recovery", complaint);
    }
}
