using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Testing.Merchants;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Integration.Tests.Verifiers;

/// <summary>What trials found (docs/faults.md: E1).</summary>
public sealed class When_a_merchant_verifies_a_webhook(OtherPeoplesCode verifier) : IClassFixture<OtherPeoplesCode>, IAsyncLifetime
{
    private const string NoMatch = "No matching signature found";

    private static readonly string CurrentSecret = "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
    private static readonly string PreviousSecret = "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private static readonly string PlainSecret = "mật khẩu " + Convert.ToHexString(RandomNumberGenerator.GetBytes(50));

    private readonly SigningKey _key = NewKey();
    private readonly HttpClient _http = new();
    private MerchantServer _merchant = null!;

    public async ValueTask InitializeAsync() => _merchant = await MerchantServer.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _merchant.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task Should_accept_it_by_secret_and_by_public_key()
    {
        var webhook = await Deliver("""{"payment_id":"p-1","amount":1.10}""", CurrentSecret);

        var verdict = await Verify(webhook, CurrentSecret, _key.PublicKey);

        Assert.Equal(["standardwebhooks v1: verified", "svix v1: verified", "tweetnacl v1a: verified"], verdict.Lines);
        Assert.True(verdict.Accepted);
    }

    [Fact]
    public async Task Should_accept_letters_of_any_script_and_escapes()
    {
        var payload = """{ "memo":"Tiền đã về 😀 \u00e9 \ud83d\ude00 \/", "amount" : 1.10, "wei":123456789012345678901234567890 }""";
        var webhook = await Deliver(payload, CurrentSecret);

        var verdict = await Verify(webhook, CurrentSecret, _key.PublicKey);

        Assert.EndsWith($$""","data":{{payload}}}""", Encoding.UTF8.GetString(webhook.Body), StringComparison.Ordinal);
        Assert.True(verdict.Accepted, string.Join('\n', verdict.Lines));
    }

    [Fact]
    public async Task Should_accept_it_with_either_secret_while_one_replaces_the_other()
    {
        var webhook = await Deliver("""{"amount":1.10}""", CurrentSecret, PreviousSecret);

        Assert.True((await Verify(webhook, CurrentSecret, null)).Accepted);
        Assert.True((await Verify(webhook, PreviousSecret, null)).Accepted);
    }

    [Fact]
    public async Task Should_accept_it_with_an_older_secret_that_is_plain_text()
    {
        var webhook = await Deliver("""{"amount":1.10}""", PlainSecret);

        Assert.True((await Verify(webhook, PlainSecret, null)).Accepted);
    }

    /// <summary>As docs/webhook-delivery.md has it for each way in which a secret is written.</summary>
    [Theory]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0ODw==", "whsec_AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0ODw", "whsec_AAECAwQFBgcICQoLDA0ODw")]
    [InlineData("whsec_abc123", "whsec_abc123")]
    [InlineData(" whsec_AAECAwQFBgcICQoLDA0ODw==\n", "whsec_AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("v1,whsec_AAECAwQFBgcICQoLDA0ODw==", "whsec_AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("whsec_--__AwQFBgcICQoLDA0ODw", "whsec_++//AwQFBgcICQoLDA0ODw==")]
    [InlineData("whsec_my.secret!", "whsec_d2hzZWNfbXkuc2VjcmV0IQ==")]
    [InlineData("my secret\n", "whsec_bXkgc2VjcmV0Cg==")]
    public async Task Should_accept_it_with_the_secret_as_libraries_want_it(string secret, string forLibraries)
    {
        var webhook = await Deliver("""{"amount":1.10}""", secret);

        var verdict = await Verify(webhook, forLibraries, null);

        Assert.True(verdict.Accepted, string.Join('\n', verdict.Lines));
    }

    [Fact]
    public async Task Should_refuse_a_changed_body()
    {
        var webhook = await Deliver("""{"amount":1.10}""", CurrentSecret);
        var forged = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(webhook.Body).Replace("1.10", "9.10", StringComparison.Ordinal));

        var verdict = await Verify(webhook with { Body = forged }, CurrentSecret, _key.PublicKey);

        Assert.Equal([$"standardwebhooks v1: {NoMatch}", $"svix v1: {NoMatch}", $"tweetnacl v1a: {NoMatch}"], verdict.Lines);
        Assert.False(verdict.Accepted);
    }

    [Fact]
    public async Task Should_refuse_a_body_under_another_id()
    {
        var webhook = await Deliver("""{"amount":1.10}""", CurrentSecret);
        var headers = new Dictionary<string, string>(webhook.Headers, StringComparer.OrdinalIgnoreCase)
        {
            ["webhook-id"] = Guid.CreateVersion7().ToString(),
        };

        var verdict = await Verify(webhook with { Headers = headers }, CurrentSecret, _key.PublicKey);

        Assert.All(verdict.Lines, line => Assert.EndsWith(NoMatch, line, StringComparison.Ordinal));
        Assert.False(verdict.Accepted);
    }

    [Fact]
    public async Task Should_refuse_it_with_a_secret_or_a_key_that_is_not_its_own()
    {
        using var otherKey = NewKey();
        var webhook = await Deliver("""{"amount":1.10}""", CurrentSecret);

        var verdict = await Verify(webhook, PreviousSecret, otherKey.PublicKey);

        Assert.Equal([$"standardwebhooks v1: {NoMatch}", $"svix v1: {NoMatch}", $"tweetnacl v1a: {NoMatch}"], verdict.Lines);
    }

    [Fact]
    public async Task Should_still_find_the_older_signature_beside_the_new_one()
    {
        var webhook = await Deliver("""{"amount":1.10}""", PlainSecret);

        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(PlainSecret), webhook.Body));

        Assert.Equal(expected, webhook.Headers["X-Webhook-Signature"]);
        Assert.Equal("payment.completed", webhook.Headers["X-Webhook-Event"]);
    }

    private static SigningKey NewKey() =>
        SigningKey.TryParse("whsk_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), out var key)
            ? key
            : throw new InvalidOperationException("A random seed is a key.");

    private Task<Verdict> Verify(CapturedWebhook webhook, string? secret, string? publicKey) =>
        verifier.Verify(webhook, secret, publicKey, TestContext.Current.CancellationToken);

    /// <summary>Signs a delivery, posts it over HTTP and gives what came in at the merchant's.</summary>
    private async Task<CapturedWebhook> Deliver(string payload, params string[] secrets)
    {
        var message = new DeliverWebhook
        {
            MerchantId = "m-1",
            Event = "payment.completed",
            Payload = JsonElement.Parse(payload),
            OccurredAt = TimeProvider.System.GetUtcNow(),
        };
        var signer = new WebhookSigner(new SigningOptions { SigningKey = _key, LegacyHeaders = true });
        var signed = signer.Sign(message, _merchant.Url, [.. secrets.Select(Parse)], 1, TimeProvider.System.GetUtcNow());

        using var request = new HttpRequestMessage(HttpMethod.Post, signed.Url) { Content = new ReadOnlyMemoryContent(signed.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in signed.Headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await _merchant.WaitUntilReceivedAsync(TestContext.Current.CancellationToken);
    }

    private static SigningSecret Parse(string text) =>
        SigningSecret.TryParse(text, out var secret, out var complaint) ? secret : throw new InvalidOperationException(complaint);
}
