using System.Text;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

/// <summary>Secrets as the previous gateway, other tools and people write them. docs/webhook-delivery.md has the rules.</summary>
public class When_a_secret_is_read
{
    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("  whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_AAECAwQFBgcICQ==", "AAECAwQFBgcICQ==")]
    [InlineData("whsec_AAECAwQFBgcICQ", "AAECAwQFBgcICQ==")]
    [InlineData("whsec_AAECAwQFBgcICQ=", "AAECAwQFBgcICQ==")]
    [InlineData("whsec_--__AwQFBgcICQ", "++//AwQFBgcICQ==")]
    [InlineData("whsec_abc123", "abc12w==")]
    [InlineData("whsec_test", "test")]
    public void Should_decode_what_follows_the_prefix(string text, string expected)
    {
        Assert.True(SigningSecret.TryParse(text, out var secret, out var reason));
        Assert.Null(reason);
        Assert.Equal(expected, Convert.ToBase64String(secret.Key));
        Assert.Equal(text, Encoding.UTF8.GetString(secret.WholeText));
    }

    [Theory]
    [InlineData("s3cret")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("bí mật 🔑")]
    [InlineData("WHSEC_MfKQ9r8G")]
    [InlineData(" spaces count \n")]
    [InlineData("v1,s3cret")]
    [InlineData("whsec_my.secret!")]
    [InlineData("whsec_abcde")]
    [InlineData("whsec_ab=c")]
    public void Should_take_other_text_as_it_is(string text)
    {
        Assert.True(SigningSecret.TryParse(text, out var secret, out _));
        Assert.Equal(Encoding.UTF8.GetBytes(text), secret.Key.ToArray());
        Assert.Equal(Encoding.UTF8.GetBytes(text), secret.WholeText.ToArray());
    }

    [Theory]
    [InlineData(null, SkipReason.NoSecret)]
    [InlineData("", SkipReason.NoSecret)]
    [InlineData(" \t\n", SkipReason.NoSecret)]
    [InlineData("whsec_", SkipReason.InvalidSecret)]
    [InlineData("whsec_   ", SkipReason.InvalidSecret)]
    [InlineData("v1,whsec_", SkipReason.InvalidSecret)]
    [InlineData("whsec_==", SkipReason.InvalidSecret)]
    [InlineData("whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaSw", SkipReason.InvalidSecret)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjU whsec_PD8ILPZIo2LaLaSw", SkipReason.InvalidSecret)]
    [InlineData("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", SkipReason.InvalidSecret)]
    [InlineData("v1a,whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", SkipReason.InvalidSecret)]
    public void Should_say_why_it_cannot_be_used(string? text, string expected)
    {
        Assert.False(SigningSecret.TryParse(text, out var secret, out var reason));
        Assert.Null(secret);
        Assert.Equal(expected, reason);
    }

    [Fact]
    public void Should_not_show_it()
    {
        var secret = Merchant.Secret("s3cret");

        Assert.Equal("webhook secret (hidden)", $"{secret}");
        Assert.Empty(typeof(SigningSecret).GetProperties());
        Assert.Equal("{}", System.Text.Json.JsonSerializer.Serialize(secret));
    }
}
