using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>Tests that begin with an empty waiting room.</summary>
public abstract class WaitingRoomTest(TestDatabase database) : IAsyncLifetime
{
    protected static readonly DateTime Now = TimeProvider.System.GetUtcNow().UtcDateTime;
    protected static readonly DateTime Past = Now.AddHours(-1);
    protected static readonly DateTime Later = Now.AddHours(1);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected TestDatabase Database => database;

    protected IWaitingRoom Room => database.Get<IWaitingRoom>();

    protected static ReleaseLimits Limits(int perMerchant = 100) => new()
    {
        PerMerchant = perMerchant,
        SendingTime = TimeSpan.FromMinutes(1),
        ProbeTime = TimeSpan.FromMinutes(1),
    };

    public async ValueTask InitializeAsync()
    {
        await using var db = database.CreateContext();
        await db.WaitingWebhooks.ExecuteDeleteAsync(Cancellation);
        await db.WaitingLeases.ExecuteDeleteAsync(Cancellation);
        await db.WaitingMerchants.ExecuteDeleteAsync(Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected async Task<Guid> AddMerchantAsync(Func<Merchant, WebhookEndpoint>? endpoint = null)
    {
        var merchant = Rows.Merchant();
        await database.AddAsync(endpoint is null ? [merchant] : [merchant, endpoint(merchant)]);
        return merchant.Id;
    }

    protected static WebhookEndpoint Held(Merchant merchant, DateTime until, string reason = HoldReason.CircuitOpen, string? url = null) => new()
    {
        MerchantId = merchant.Id,
        HeldUntil = until,
        HeldSince = Past,
        HoldReason = reason,
        HeldUrl = url ?? merchant.WebhookUrl,
        FailedProbes = 3,
        UpdatedAt = Past,
    };

    protected static WebhookEndpoint Disabled(Merchant merchant, string? url = null) => new()
    {
        MerchantId = merchant.Id,
        DisabledAt = Past,
        DisabledReason = "operator",
        DisabledUrl = url ?? merchant.WebhookUrl,
        UpdatedAt = Past,
    };

    /// <summary>Adds entries, and the look at their merchants that a commit would set.</summary>
    protected Task LetWaitAsync(params WaitingWebhook[] entries) => LetWaitAsync(rank: 0, entries);

    protected async Task LetWaitAsync(short rank, params WaitingWebhook[] entries) => await database.AddAsync(
    [
        .. entries,
        .. entries.GroupBy(entry => entry.MerchantId).Select(of => new WaitingMerchant { MerchantId = of.Key, NextAt = of.Min(entry => entry.DueAt), Rank = rank }),
    ]);

    /// <summary>Records that the attempt which was released is made and that nothing is left to do.</summary>
    protected Task DeliverAsync(ReleasedWebhook released) => database.Get<JobRecorder>().RecordAsync(
        new JobRecord
        {
            Run = Rows.Run(released.DeliveryId, Now, attempt: released.Attempt, merchantId: released.MerchantId.ToString()),
            Waiting = new WaitingStep.Leave(released.Key) { ReleaseId = released.ReleaseId },
        },
        Cancellation);

    protected async Task ChangeAsync(Func<GatewayDbContext, Task> change)
    {
        await using var db = database.CreateContext();
        await change(db);
    }

    protected Task LookNowAsync() => ChangeAsync(db => db.WaitingMerchants.ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, Past), Cancellation));
}
