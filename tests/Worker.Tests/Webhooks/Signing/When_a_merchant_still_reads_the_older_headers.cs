using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

/// <summary>What trials found (docs/faults.md: E2).</summary>
public class When_a_merchant_still_reads_the_older_headers
{
    private readonly WebhookSigner _signer = new(new SigningOptions { LegacyHeaders = true });

    /// <summary>To the last byte what the previous worker sent, whose secrets needed not be base64.</summary>
    [Fact]
    public void Should_send_what_the_previous_worker_sent()
    {
        var delivery = Merchant.Delivery("""{"amount":"1.10","order_id":"A-1"}""") with
        {
            OccurredAt = new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.FromHours(7)).AddTicks(1_234_567),
        };

        var request = _signer.Sign(delivery, Merchant.Endpoint, [Merchant.Secret("whsec_abc123")], 3, Merchant.Now.AddMilliseconds(999));

        Assert.Equal("""{"event":"payment.completed","timestamp":"2026-03-04T05:00:00.1234567Z","data":{"amount":"1.10","order_id":"A-1"}}""", request.Text());
        Assert.Equal(
            [
                "webhook-id: 0197a2f0-1111-7abc-8def-0123456789ab",
                "webhook-timestamp: 1772600767",
                "webhook-signature: v1,6mP+PAmnYpHBMwpgPwA9ncmIupBXkYyNB5bjTWRibP4=",
                "X-Webhook-Event: payment.completed",
                "X-Webhook-Timestamp: 2026-03-04T05:06:07Z",
                "X-Webhook-Attempt: 3",
                "X-Webhook-Signature: 42b2374b3fb686ad397dab989e06a026f7a08b1551f26f262c0415af8e52cb39",
            ],
            request.Headers.Select(header => $"{header.Key}: {header.Value}"));
    }

    [Fact]
    public void Should_send_both_kinds()
    {
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret("new"), Merchant.Secret("old")], 3, Merchant.Now);

        Assert.Equal(
            ["webhook-id", "webhook-timestamp", "webhook-signature", "X-Webhook-Event", "X-Webhook-Timestamp", "X-Webhook-Attempt", "X-Webhook-Signature"],
            request.Headers.Select(h => h.Key));
        Assert.Equal("payment.completed", request.Header("X-Webhook-Event"));
        Assert.Equal("2026-03-04T05:06:07Z", request.Header("X-Webhook-Timestamp"));
        Assert.Equal("3", request.Header("X-Webhook-Attempt"));
        Assert.Equal(request.ExpectedSignature("new"u8.ToArray()), request.Signatures()[0]);
    }

    [Fact]
    public void Should_sign_the_body_alone_with_the_current_secret_in_lower_case_hex()
    {
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret("new"), Merchant.Secret("old")], 1, Merchant.Now);

        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData("new"u8, request.Body.Span)), request.Header("X-Webhook-Signature"));
    }

    [Fact]
    public void Should_name_the_type_event()
    {
        var request = _signer.Sign(
            Merchant.Delivery(eventName: "a \"quoted\" 😀 name"), Merchant.Endpoint, [Merchant.Secret("new")], 1, Merchant.Now);

        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(["event", "timestamp", "data"], body.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("a \"quoted\" 😀 name", body.RootElement.GetProperty("event").GetString());
    }

    [Theory]
    [InlineData("payment:completed/v2", "payment:completed/v2")]
    [InlineData("paid\r\nX-Admin: true", "paid%0D%0AX-Admin%3A%20true")]
    [InlineData("paid\nonce", "paid%0Aonce")]
    [InlineData("đã trả", "%C4%91%C3%A3%20tr%E1%BA%A3")]
    [InlineData("100%0A", "100%250A")]
    [InlineData("nul\0", "nul%00")]
    [InlineData("del\u007f", "del%7F")]
    public void Should_escape_an_event_name_that_is_no_header_value(string eventName, string expected)
    {
        var request = _signer.Sign(Merchant.Delivery(eventName: eventName), Merchant.Endpoint, [Merchant.Secret("new")], 1, Merchant.Now);

        Assert.Equal(expected, request.Header("X-Webhook-Event"));
        Assert.Equal(eventName, Uri.UnescapeDataString(request.Header("X-Webhook-Event")));
    }

    [Fact]
    public void Should_leave_the_older_signature_out_when_there_is_no_secret()
    {
        using var key = Merchant.Key(new byte[32]);
        var signer = new WebhookSigner(new SigningOptions { LegacyHeaders = true, SigningKey = key });

        var request = signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [], 1, Merchant.Now);

        Assert.DoesNotContain(request.Headers, h => h.Key == "X-Webhook-Signature");
        Assert.True(request.IsSignedBy(key.PublicKey));
    }
}
