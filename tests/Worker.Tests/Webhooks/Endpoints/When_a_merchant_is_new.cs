using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Tests.Persistence;
using Gateway.Worker.Tests.Persistence;
using Gateway.Worker.Webhooks.Endpoints;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Endpoints;

public sealed class When_a_merchant_is_new(SqliteDatabase database) : IClassFixture<SqliteDatabase>
{
    private const string Url = "https://merchant.example/hooks";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_looked_up_again_two_seconds_after_nobody_knew_it()
    {
        var time = new FakeTimeProvider();
        var gated = new GatedDatabase(database.Get<IDbContextFactory<GatewayDbContext>>());
        var directory = new EndpointDirectory(
            new EndpointStore(gated),
            new EndpointOptions(),
            time,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance),
            NullLogger<EndpointDirectory>.Instance);
        var merchant = Rows.Merchant(Url);
        Assert.Null((await directory.FindAsync(merchant.Id.ToString(), Cancellation)).Endpoint);
        Assert.Null((await directory.FindAsync(merchant.Id.ToString(), Cancellation)).Endpoint);
        Assert.Equal(1, gated.Asked);

        await database.AddAsync(merchant);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(new Uri(Url), (await directory.FindAsync(merchant.Id.ToString(), Cancellation)).Url);
    }

    [Theory]
    [InlineData("0c5b8f4e-0d6a-4c1e-9f6b-aabbccddeef1", "0C5B8F4E-0D6A-4C1E-9F6B-AABBCCDDEEF1")]
    [InlineData("1C5B8F4E-0D6A-4C1E-9F6B-AABBCCDDEEF2", "1c5b8f4e-0d6a-4c1e-9f6b-aabbccddeef2")]
    [InlineData("2c5B8F4e-0d6A-4c1e-9f6b-aaBBccddeef3", "2c5b8f4e-0d6a-4c1e-9f6b-aabbccddeef3")]
    public async Task Should_be_found_however_its_id_was_written_by_hand(string written, string asked)
    {
        await using var db = database.CreateContext();
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into merchants (
                id, email, business_name, owner_full_name, kyc_status, kyc_tier, webhook_url, status, created_at, updated_at)
            values (
                {written}, {written}, 'By hand', 'By hand', 'approved', 'tier1', {Url}, 'active', '2026-01-31 08:00', '2026-01-31 08:00')
            """,
            Cancellation);

        var found = await database.Get<EndpointStore>().FindAsync(asked, Cancellation);

        Assert.Equal(Url, found?.Url);
    }
}
