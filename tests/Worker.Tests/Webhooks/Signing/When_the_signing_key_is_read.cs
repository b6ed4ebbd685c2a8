using Gateway.Worker.Configuration;
using Gateway.Worker.Webhooks.Signing;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

public class When_the_signing_key_is_read
{
    // RFC 8032, section 7.1, test 1: a seed and its public key.
    private const string Seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    private const string PublicKey = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    private static readonly string SeedAndPublicKey = Convert.ToBase64String([.. Convert.FromBase64String(Seed), .. Convert.FromBase64String(PublicKey)]);

    [Fact]
    public void Should_accept_the_seed_with_or_without_its_public_key()
    {
        foreach (var text in new[] { "whsk_" + Seed, "whsk_" + SeedAndPublicKey, $" whsk_{Seed}\n" })
        {
            Assert.True(SigningKey.TryParse(text, out var key));
            Assert.Equal("whpk_" + PublicKey, key.PublicKey);
            key.Dispose();
        }
    }

    public static TheoryData<string?> Unusable => new(
        null,
        "",
        "whsk_",
        Seed,
        "whpk_" + PublicKey,
        "whsec_" + Seed,
        "whsk_" + Seed[..^1],
        "whsk_nWGxne",
        "whsk_" + Convert.ToBase64String(new byte[31]),
        "whsk_" + Convert.ToBase64String(new byte[33]),
        // A seed with somebody else's public key.
        "whsk_" + Convert.ToBase64String([.. Convert.FromBase64String(Seed), .. new byte[32]]));

    [Theory]
    [MemberData(nameof(Unusable))]
    public void Should_refuse_anything_else(string? text)
    {
        Assert.False(SigningKey.TryParse(text, out var key));
        Assert.Null(key);
    }

    [Fact]
    public void Should_stop_the_start_without_showing_the_value()
    {
        var settings = Environment(("WEBHOOK_SIGNING_KEY", "whsk_" + Seed[..20]));

        SigningOptions.Read(settings);

        var error = Assert.Single(Assert.Throws<InvalidSettingsException>(settings.ThrowIfInvalid).Errors);
        Assert.StartsWith("WEBHOOK_SIGNING_KEY: ", error, StringComparison.Ordinal);
        Assert.Contains("'whsk_'", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Seed[..8], error, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_not_be_shown_by_the_options()
    {
        var settings = Environment(("WEBHOOK_SIGNING_KEY", "whsk_" + SeedAndPublicKey));

        var options = SigningOptions.Read(settings);

        settings.ThrowIfInvalid();
        using var key = options.SigningKey;
        Assert.Contains("SigningKey = whpk_" + PublicKey, options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Seed[..8], options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Seed[..8], System.Text.Json.JsonSerializer.Serialize(key), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_be_optional()
    {
        var settings = Environment();

        var options = SigningOptions.Read(settings);

        settings.ThrowIfInvalid();
        Assert.Null(options.SigningKey);
        Assert.Null(new WebhookSigner(options).PublicKey);
    }

    private static Settings Environment(params (string Key, string Value)[] variables) => new(
        new ConfigurationBuilder().AddInMemoryCollection(variables.ToDictionary(v => v.Key, string? (v) => v.Value)).Build());
}
