using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Endpoints;

/// <summary>
/// Such a URL is refused before the first attempt, with <c>invalid_url</c>; what the settings alone forbid is attempted, since they can
/// change. (docs/faults.md: F4a)
/// </summary>
public sealed class When_a_URL_can_never_work
{
    [Theory]
    [InlineData("https://user:pass@shop.example/hooks")]
    [InlineData("https://user@shop.example/hooks")]
    [InlineData("https://shop.example:0/hooks")]
    [InlineData("https://shop..example/hooks")]
    [InlineData("https://.shop.example/hooks")]
    [InlineData("https://shop$.example/hooks")]
    [InlineData("https://a-label-of-more-than-sixty-three-characters-is-more-than-dns-can-hold.example/hooks")]
    [InlineData("ftp://shop.example/hooks")]
    [InlineData("https://")]
    [InlineData("our shop")]
    public void Should_skip_the_delivery(string url) => Assert.Equal(SkipReason.InvalidUrl, ReasonToSkip(url));

    [Fact]
    public void Should_skip_a_name_that_is_longer_than_DNS_can_hold() =>
        Assert.Equal(SkipReason.InvalidUrl, ReasonToSkip($"https://{string.Concat(Enumerable.Repeat("label.", 50))}example/"));

    [Theory]
    [InlineData("https://shop.example/hooks?key=1#part")]
    [InlineData("HTTPS://SHOP.EXAMPLE./hooks")]
    [InlineData("https://my_hooks.shop.example/")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://localhost:9000/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700:4700::1111]:8443/")]
    [InlineData("http://127.0.0.1:9000/")]
    public void Should_attempt_what_may_work(string url) => Assert.Null(ReasonToSkip(url));

    private static string? ReasonToSkip(string url) => WebhookTarget
        .From(
            new MerchantEndpoint
            {
                MerchantId = Guid.CreateVersion7(),
                Status = MerchantStatus.Active,
                KycTier = KycTier.Tier1,
                Url = url,
                Secret = null,
                Events = null,
            },
            new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc))
        .ReasonToSkip("payment.completed", canSign: true);
}
