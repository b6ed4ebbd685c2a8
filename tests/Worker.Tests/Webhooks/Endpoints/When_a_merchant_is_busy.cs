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

public sealed class When_a_merchant_is_busy(SqliteDatabase database) : IClassFixture<SqliteDatabase>
{
    private static readonly Uri Before = new("https://merchant.example/before");
    private static readonly Uri After = new("https://merchant.example/after");

    private readonly FakeTimeProvider _time = new();
    private readonly GatedDatabase _gated = new(database.Get<IDbContextFactory<GatewayDbContext>>());
    private readonly EndpointOptions _options = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_answer_at_once_while_the_merchant_is_looked_up_again()
    {
        var (directory, merchant) = await KnownAsync();
        _time.Advance(_options.EndpointCacheTime * 0.6);
        _gated.Close();

        var answers = Enumerable.Range(0, 100).Select(_ => directory.FindAsync(merchant, Cancellation)).ToArray();

        Assert.All(answers, answer => Assert.True(answer.IsCompletedSuccessfully));
        Assert.Equal(Before, (await answers[^1]).Url);
        _gated.Open();
        // What was known is too old now, so this is what the second look-up found.
        _time.Advance(_options.EndpointCacheTime * 0.45);
        Assert.Equal(After, (await directory.FindAsync(merchant, Cancellation)).Url);
        Assert.Equal(2, _gated.Asked);
    }

    [Fact]
    public async Task Should_wait_when_what_is_known_becomes_too_old()
    {
        var (directory, merchant) = await KnownAsync();
        _time.Advance(_options.EndpointCacheTime * 0.6);
        _gated.Close();
        await directory.FindAsync(merchant, Cancellation);

        _time.Advance(_options.EndpointCacheTime * 0.5);
        var waiting = directory.FindAsync(merchant, Cancellation);

        Assert.False(waiting.IsCompleted);
        _gated.Open();
        Assert.Equal(After, (await waiting).Url);
    }

    [Fact]
    public async Task Should_not_bring_back_what_was_forgotten()
    {
        var (directory, merchant) = await KnownAsync();
        _time.Advance(_options.EndpointCacheTime * 0.6);
        _gated.Close();
        await directory.FindAsync(merchant, Cancellation);

        directory.Forget(merchant);
        var waiting = directory.FindAsync(merchant, Cancellation);

        Assert.False(waiting.IsCompleted);
        _gated.Open();
        Assert.Equal(After, (await waiting).Url);
    }

    [Fact]
    public async Task Should_be_looked_up_anew_for_whom_what_is_known_is_too_old()
    {
        var (directory, merchant) = await KnownAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Before, (await directory.FindAsync(merchant, TimeSpan.FromSeconds(1), Cancellation)).Url);
        Assert.Equal(After, (await directory.FindAsync(merchant, TimeSpan.FromSeconds(0.9), Cancellation)).Url);
        Assert.Equal(After, (await directory.FindAsync(merchant, Cancellation)).Url);
        Assert.Equal(2, _gated.Asked);
    }

    // A merchant who was looked up once, and who has another URL since.
    private async Task<(EndpointDirectory Directory, string Merchant)> KnownAsync()
    {
        var merchant = Rows.Merchant(Before.ToString());
        await database.AddAsync(merchant);
        var directory = new EndpointDirectory(
            new EndpointStore(_gated), _options, _time, new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), NullLogger<EndpointDirectory>.Instance);
        await directory.FindAsync(merchant.Id.ToString(), Cancellation);

        await using var db = await database.Get<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        await db.Merchants.Where(row => row.Id == merchant.Id).ExecuteUpdateAsync(row => row.SetProperty(m => m.WebhookUrl, After.ToString()), Cancellation);
        return (directory, merchant.Id.ToString());
    }
}
