using System.Text;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

public class When_a_secret_is_read
{
    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("  whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")]
    public void Should_decode_what_follows_the_prefix(string text)
    {
        Assert.True(SigningSecret.TryParse(text, out var secret, out var complaint));
        Assert.Null(complaint);
        Assert.Equal(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), secret.Key.ToArray());
    }

    [Theory]
    [InlineData("s3cret")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("bí mật 🔑")]
    [InlineData("WHSEC_MfKQ9r8G")]
    [InlineData(" spaces count ")]
    public void Should_take_older_text_as_it_is(string text)
    {
        Assert.True(SigningSecret.TryParse(text, out var secret, out _));
        Assert.Equal(Encoding.UTF8.GetBytes(text), secret.Key.ToArray());
    }

    [Theory]
    [InlineData(null, "no secret")]
    [InlineData("", "no secret")]
    [InlineData(" \t\n", "no secret")]
    [InlineData("whsec_", "invalid secret")]
    [InlineData("whsec_   ", "invalid secret")]
    [InlineData("whsec_not/base64!", "invalid secret")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "invalid secret")]
    [InlineData("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "invalid secret")]
    [InlineData("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "invalid secret")]
    public void Should_say_why_it_cannot_be_used(string? text, string expected)
    {
        Assert.False(SigningSecret.TryParse(text, out var secret, out var complaint));
        Assert.Null(secret);
        Assert.Equal(expected, complaint);
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
