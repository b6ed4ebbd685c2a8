using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Integration.Tests.Verifiers;
using Gateway.Persistence.Webhooks;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Signing;

/// <summary>Webhooks that came through the whole worker, verified by code that is not the gateway's. (docs/faults.md: E1, E2)</summary>
public sealed class When_the_gateway_signs(When_the_gateway_signs.Worker worker, OtherPeoplesCode verifier)
    : IClassFixture<When_the_gateway_signs.Worker>, IClassFixture<OtherPeoplesCode>
{
    private const string Payload = """{ "amount" : 1.10, "memo":"Tiền đã về 😀 \u00e9 \/" }""";

    [Fact]
    public async Task Should_be_believed_by_secret_and_by_public_key()
    {
        var merchant = await worker.AddMerchant();

        var webhook = await Deliver(merchant);

        Assert.Equal(["v1", "v1a"], Versions(webhook));
        var verdict = await Verify(webhook, merchant.Secret, worker.PublicKey);
        Assert.Equal(["standardwebhooks v1: verified", "svix v1: verified", "tweetnacl v1a: verified"], verdict.Lines);
    }

    [Fact]
    public async Task Should_be_believed_by_either_secret_while_one_replaces_the_other()
    {
        var merchant = await worker.AddMerchant();
        var previous = await ReplaceSecret(merchant, TimeSpan.FromHours(24));

        var webhook = await Deliver(merchant);

        Assert.Equal(["v1", "v1", "v1a"], Versions(webhook));
        Assert.True((await Verify(webhook, merchant.Secret, null)).Accepted);
        Assert.True((await Verify(webhook, previous, null)).Accepted);
    }

    [Fact]
    public async Task Should_forget_the_previous_secret_when_its_time_is_up()
    {
        var merchant = await worker.AddMerchant();
        var previous = await ReplaceSecret(merchant, TimeSpan.FromSeconds(-1));

        var webhook = await Deliver(merchant);

        Assert.Equal(["v1", "v1a"], Versions(webhook));
        Assert.True((await Verify(webhook, merchant.Secret, null)).Accepted);
        Assert.False((await Verify(webhook, previous, null)).Accepted);
    }

    [Fact]
    public async Task Should_sign_with_its_own_key_for_a_merchant_without_a_secret()
    {
        var merchant = await worker.AddMerchant(m => m.WebhookSecret = null);

        var webhook = await Deliver(merchant);

        Assert.Equal(["v1a"], Versions(webhook));
        Assert.True((await Verify(webhook, null, worker.PublicKey)).Accepted);
    }

    [Fact]
    public async Task Should_send_the_older_headers_and_body_that_new_libraries_verify_too()
    {
        var merchant = await worker.AddMerchant(m => m.WebhookSecret = "whsec_abc123");
        merchant.Answers(500, 200);

        await Deliver(merchant);
        var second = await merchant.WaitUntilReceivedAsync();

        Assert.Equal("payment.completed", second.Headers["X-Webhook-Event"]);
        Assert.Equal("2", second.Headers["X-Webhook-Attempt"]);
        Assert.Equal(
            DateTimeOffset.FromUnixTimeSeconds(second.Timestamp).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), second.Headers["X-Webhook-Timestamp"]);
        Assert.Equal(("StablecoinGateway-Webhook/1.0", "application/json"), (second.Headers["User-Agent"], second.Headers["Content-Type"]));
        Assert.Equal(
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(merchant.Secret), second.Body)),
            second.Headers["X-Webhook-Signature"]);
        Assert.StartsWith("""{"event":"payment.completed","timestamp":"20""", Encoding.UTF8.GetString(second.Body), StringComparison.Ordinal);
        Assert.EndsWith($$"""Z","data":{{Payload}}}""", Encoding.UTF8.GetString(second.Body), StringComparison.Ordinal);
        Assert.Equal(["event", "timestamp", "data"], JsonElement.Parse(second.Body).EnumerateObject().Select(property => property.Name));
        Assert.True((await Verify(second, merchant.Secret, worker.PublicKey)).Accepted);
    }

    private static IEnumerable<string> Versions(CapturedWebhook webhook) => webhook.Signatures.Select(s => s[..s.IndexOf(',', StringComparison.Ordinal)]);

    private async Task<CapturedWebhook> Deliver(TestMerchant merchant)
    {
        await worker.Publish(merchant, payload: Payload);
        return await merchant.WaitUntilReceivedAsync();
    }

    private async Task<string> ReplaceSecret(TestMerchant merchant, TimeSpan previousIsValidFor)
    {
        var previous = TestWorker.NewSecret();
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await worker.Write(db => db.Add(new WebhookEndpoint
        {
            MerchantId = merchant.Key,
            PreviousSecret = previous,
            PreviousSecretExpiresAt = now + previousIsValidFor,
            UpdatedAt = now,
        }));
        return previous;
    }

    private Task<Verdict> Verify(CapturedWebhook webhook, string? secret, string? publicKey) =>
        verifier.Verify(webhook, secret, publicKey, TestContext.Current.CancellationToken);

    public sealed class Worker : TestWorker
    {
        public Worker(TestServers servers)
            : this(servers, "whsk_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))
        {
        }

        private Worker(TestServers servers, string signingKey)
            : base(servers, ("WEBHOOK_SIGNING_KEY", signingKey), ("WEBHOOK_LEGACY_HEADERS", "true"))
        {
            using var key = SigningKey.TryParse(signingKey, out var parsed) ? parsed : throw new InvalidOperationException("A random seed is a key.");
            PublicKey = key.PublicKey;
        }

        public string PublicKey { get; }
    }
}
