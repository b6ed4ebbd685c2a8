using Gateway.Persistence.Endpoints;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Tests.Persistence;

public abstract class When_an_endpoint_is_looked_up(TestDatabase database)
{
    private const string Url = "https://merchant.example/hooks";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private EndpointStore Endpoints => database.Get<EndpointStore>();

    [Fact]
    public async Task Should_tell_what_the_gateway_knows()
    {
        var merchant = Rows.Merchant(Url);
        merchant.KycTier = KycTier.Tier3;
        merchant.WebhookSecret = "whsec_bmV3";
        merchant.WebhookEvents = ["payment.completed"];
        await database.AddAsync(merchant);

        var endpoint = await Endpoints.FindAsync(merchant.Id.ToString().ToUpperInvariant(), Cancellation);

        Assert.NotNull(endpoint);
        Assert.Equal((merchant.Id, MerchantStatus.Active, KycTier.Tier3, Url, "whsec_bmV3"), (endpoint.MerchantId, endpoint.Status, endpoint.KycTier, endpoint.Url, endpoint.Secret));
        Assert.Equal(["payment.completed"], endpoint.Events);
        Assert.Equal((null, null, false), (endpoint.DisabledAt, endpoint.PreviousSecret, endpoint.IsDisabled));
        Assert.Equal((true, false), (endpoint.Wants("payment.completed"), endpoint.Wants("payment.expired")));
    }

    [Fact]
    public async Task Should_tell_what_the_worker_knows_beside()
    {
        var merchant = Rows.Merchant(Url);
        await database.AddAsync(merchant, new WebhookEndpoint
        {
            MerchantId = merchant.Id,
            DisabledAt = Rows.Noon,
            DisabledReason = "gone",
            DisabledUrl = Url,
            PreviousSecret = "whsec_b2xk",
            PreviousSecretExpiresAt = Rows.Noon.AddDays(1),
            UpdatedAt = Rows.Noon,
        });

        var endpoint = await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation);

        Assert.NotNull(endpoint);
        Assert.Equal((Rows.Noon, "gone", Url, true), (endpoint.DisabledAt, endpoint.DisabledReason, endpoint.DisabledUrl, endpoint.IsDisabled));
        Assert.Equal(("whsec_b2xk", Rows.Noon.AddDays(1)), (endpoint.PreviousSecret, endpoint.PreviousSecretExpiresAt));
        Assert.True(endpoint.Wants("anything"));
    }

    [Fact]
    public async Task Should_show_no_secret_as_text()
    {
        var merchant = Rows.Merchant($"{Url}?token=hidden");
        merchant.WebhookSecret = "whsec_hidden";
        await database.AddAsync(merchant);

        var endpoint = await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation);

        Assert.Equal($"endpoint of merchant {merchant.Id}", $"{endpoint}");
    }

    [Theory]
    [InlineData("01890000-0000-7000-8000-000000000000")]
    [InlineData("m-1")]
    [InlineData("")]
    [InlineData("'; drop table merchants; --")]
    public async Task Should_know_nobody_by_that_id(string merchantId) => Assert.Null(await Endpoints.FindAsync(merchantId, Cancellation));

    [Fact]
    public async Task Should_be_disabled_until_the_merchant_changes_the_url()
    {
        var merchant = Rows.Merchant(Url);
        await database.AddAsync(merchant);

        Assert.True(await Endpoints.DisableAsync(merchant.Id, Url, "gone", Rows.Noon, Told(), Cancellation));
        Assert.True((await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!.IsDisabled);

        await using var db = database.CreateContext();
        db.Attach(merchant);
        merchant.WebhookUrl = "https://merchant.example/new";
        await db.SaveChangesAsync(Cancellation);
        Assert.False((await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!.IsDisabled);

        Assert.True(await Endpoints.DisableAsync(merchant.Id, merchant.WebhookUrl, "gone", Rows.Noon.AddHours(1), Told(), Cancellation));
        var endpoint = (await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!;
        Assert.Equal((true, Rows.Noon.AddHours(1)), (endpoint.IsDisabled, endpoint.DisabledAt));
    }

    [Fact]
    public async Task Should_keep_the_first_time_of_the_same_url_and_the_old_secret()
    {
        var merchant = Rows.Merchant(Url);
        await database.AddAsync(merchant, new WebhookEndpoint { MerchantId = merchant.Id, PreviousSecret = "whsec_b2xk", UpdatedAt = Rows.Noon });

        Assert.True(await Endpoints.DisableAsync(merchant.Id, Url, "gone", Rows.Noon, Told(), Cancellation));
        Assert.False(await Endpoints.DisableAsync(merchant.Id, Url, "gone", Rows.Noon.AddHours(1), Told(), Cancellation));

        var endpoint = (await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!;
        Assert.Equal((Rows.Noon, "whsec_b2xk"), (endpoint.DisabledAt, endpoint.PreviousSecret));
    }

    [Fact]
    public async Task Should_tell_one_of_many_workers_that_it_disabled_the_endpoint()
    {
        var merchant = Guid.CreateVersion7();

        var changed = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => Endpoints.DisableAsync(merchant, Url, "gone", Rows.Noon.AddSeconds(i), Told(), Cancellation), Cancellation)));

        Assert.Single(changed, wasChanged => wasChanged);
    }

    [Fact]
    public async Task Should_tell_others_of_the_change_and_of_nothing_else()
    {
        var merchant = Guid.CreateVersion7();
        var (first, second) = (Told(), Told());

        await Endpoints.DisableAsync(merchant, Url, "gone", Rows.Noon, first, Cancellation);
        await Endpoints.DisableAsync(merchant, Url, "gone", Rows.Noon, second, Cancellation);

        await using var db = database.CreateContext();
        Assert.Equal([first.MessageId], await db.OutboxMessages
            .Where(m => m.MessageId == first.MessageId || m.MessageId == second.MessageId).Select(m => m.MessageId).ToArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Should_fail_since_the_first_failure_until_it_works()
    {
        var merchant = Rows.Merchant(Url);
        await database.AddAsync(merchant);

        var apart = TimeSpan.FromHours(1);
        await Endpoints.MarkFailingAsync(merchant.Id, Url, Rows.Noon, apart, Cancellation);
        await Endpoints.MarkFailingAsync(merchant.Id, Url, Rows.Noon.AddMinutes(59), apart, Cancellation);
        await Endpoints.MarkFailingAsync(merchant.Id, Url, Rows.Noon.AddHours(1), apart, Cancellation);
        var failing = (await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!;
        Assert.Equal(
            (true, Rows.Noon, 2, Rows.Noon.AddHours(1)),
            (failing.IsFailing, failing.FailingSince, failing.FailedTimes, failing.LastFailedAt));

        await Endpoints.MarkFailingAsync(merchant.Id, "https://merchant.example/other", Rows.Noon.AddHours(2), apart, Cancellation);
        var elsewhere = (await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!;
        Assert.Equal((false, Rows.Noon.AddHours(2), 1), (elsewhere.IsFailing, elsewhere.FailingSince, elsewhere.FailedTimes));

        await database.Get<JobRecorder>().RecordAsync(new JobRecord { WorkingEndpoint = merchant.Id }, Cancellation);
        var working = (await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!;
        Assert.Equal((null, 0, null), (working.FailingSince, working.FailedTimes, working.LastFailedAt));
    }

    [Fact]
    public async Task Should_be_enabled_as_if_it_had_never_failed()
    {
        var merchant = Rows.Merchant(Url);
        await database.AddAsync(merchant);
        await Endpoints.MarkFailingAsync(merchant.Id, Url, Rows.Noon.AddDays(-5), TimeSpan.FromHours(6), Cancellation);
        await Endpoints.DisableAsync(merchant.Id, Url, "failing", Rows.Noon, Told(), Cancellation);

        Assert.Equal(Rows.Noon, await Endpoints.EnableAsync(merchant.Id, Rows.Noon.AddHours(1), Cancellation));
        Assert.Null(await Endpoints.EnableAsync(merchant.Id, Rows.Noon.AddHours(2), Cancellation));

        var endpoint = (await Endpoints.FindAsync(merchant.Id.ToString(), Cancellation))!;
        Assert.Equal((false, false), (endpoint.IsDisabled, endpoint.IsFailing));
    }

    private static OutboxMessage Told() => OutboxMessage.Create(new { }, Guid.CreateVersion7(), "endpoint", mustArrive: false, Rows.Noon);
}
