using System.Text;
using System.Text.Json;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

public class When_a_webhook_is_signed
{
    private const string Current = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly byte[] CurrentKey = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    private readonly WebhookSigner _signer = new(new SigningOptions());

    [Fact]
    public void Should_carry_id_time_and_one_signature()
    {
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        Assert.Equal(Merchant.Endpoint, request.Url);
        Assert.Equal(
            [
                new("webhook-id", "0197a2f0-1111-7abc-8def-0123456789ab"),
                new("webhook-timestamp", "1772600767"),
                new("webhook-signature", request.ExpectedSignature(CurrentKey)),
            ],
            request.Headers);
    }

    [Fact]
    public void Should_send_type_timestamp_and_data()
    {
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        Assert.Equal("""{"type":"payment.completed","timestamp":"2026-03-04T05:00:00Z","data":{"amount":1.10}}""", request.Text());
    }

    [Fact]
    public void Should_sign_with_every_secret_current_first()
    {
        var request = _signer.Sign(
            Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current), Merchant.Secret("the old one"), Merchant.Secret("the oldest")], 1, Merchant.Now);

        Assert.Equal(
            [
                request.ExpectedSignature(CurrentKey),
                request.ExpectedSignature("the old one"u8.ToArray()),
                request.ExpectedSignature("the oldest"u8.ToArray()),
            ],
            request.Signatures());
    }

    [Fact]
    public void Should_hold_more_signatures_than_fit_on_the_stack()
    {
        var secrets = Enumerable.Range(0, 20).Select(n => $"secret {n}").ToArray();

        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [.. secrets.Select(Merchant.Secret)], 1, Merchant.Now);

        Assert.Equal(secrets.Select(s => request.ExpectedSignature(Encoding.UTF8.GetBytes(s))), request.Signatures());
    }

    [Fact]
    public void Should_repeat_the_body_but_not_the_time_on_a_retry()
    {
        var first = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);
        var second = _signer.Sign(Merchant.Delivery() with { Attempt = 1 }, Merchant.Endpoint, [Merchant.Secret(Current)], 2, Merchant.Now.AddHours(4));

        Assert.Equal(first.Body.ToArray(), second.Body.ToArray());
        Assert.Equal(first.Header("webhook-id"), second.Header("webhook-id"));
        Assert.Equal("1772615167", second.Header("webhook-timestamp"));
        Assert.Equal(second.ExpectedSignature(CurrentKey), second.Header("webhook-signature"));
        Assert.NotEqual(first.Header("webhook-signature"), second.Header("webhook-signature"));
    }

    [Theory]
    [InlineData("2026-03-04T05:06:07.1234567+07:00", "2026-03-03T22:06:07.1234567Z")]
    [InlineData("2026-03-04T05:06:07.120Z", "2026-03-04T05:06:07.12Z")]
    [InlineData("2026-03-04T05:06:07-00:30", "2026-03-04T05:36:07Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")]
    public void Should_give_the_time_of_the_event_in_UTC_without_losing_a_digit(string occurredAt, string expected)
    {
        var message = Merchant.Delivery() with { OccurredAt = DateTimeOffset.Parse(occurredAt, System.Globalization.CultureInfo.InvariantCulture) };

        var request = _signer.Sign(message, Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(expected, body.RootElement.GetProperty("timestamp").GetString());
    }

    [Fact]
    public void Should_refuse_a_webhook_without_a_time_whose_body_would_differ_at_each_attempt() =>
        Assert.Throws<ArgumentException>(
            () => _signer.Sign(Merchant.Delivery() with { OccurredAt = null }, Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now));

    [Theory]
    [InlineData("1.10")]
    [InlineData("123456789012345678901234567890.000000000000000001")]
    [InlineData("1E+400")]
    [InlineData("-0.0")]
    [InlineData("\"\\u00e9\\/\\n\\ud83d\\ude00 é 😀 日本語 <&'+>\"")]
    [InlineData("{ \"a\" : [ 1 , 2 ],\n\t\"a\" : null }")]
    [InlineData("{\"naïve \\u006Bey\":\"Tiền đã về\"}")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Should_leave_the_payload_as_it_came_byte_for_byte(string payload)
    {
        var request = _signer.Sign(Merchant.Delivery(payload), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        Assert.Equal($$"""{"type":"payment.completed","timestamp":"2026-03-04T05:00:00Z","data":{{payload}}}""", request.Text());
        Assert.Equal(request.ExpectedSignature(CurrentKey), request.Header("webhook-signature"));
    }

    [Fact]
    public void Should_sign_a_payload_of_one_megabyte()
    {
        var payload = $$"""{"memo":"{{new string('é', 512 * 1024)}}"}""";

        var request = _signer.Sign(Merchant.Delivery(payload), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        Assert.EndsWith($$""","data":{{payload}}}""", request.Text(), StringComparison.Ordinal);
        Assert.Equal(request.ExpectedSignature(CurrentKey), request.Header("webhook-signature"));
    }

    [Fact]
    public void Should_sign_a_payload_nested_as_deep_as_a_message_can_be()
    {
        var payload = string.Concat(Enumerable.Repeat("{\"a\":", 63)) + "1" + new string('}', 63);

        var request = _signer.Sign(Merchant.Delivery(payload), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        Assert.EndsWith($$""","data":{{payload}}}""", request.Text(), StringComparison.Ordinal);
        Assert.Equal(request.ExpectedSignature(CurrentKey), request.Header("webhook-signature"));
    }

    [Theory]
    [InlineData("payment.completed\r\nX-Admin: true")]
    [InlineData("say \"hi\" \\ {{}} \u0000\u001f")]
    [InlineData("thanh toán.hoàn tất 😀")]
    [InlineData("")]
    public void Should_carry_any_event_name_in_the_body(string eventName)
    {
        var request = _signer.Sign(Merchant.Delivery(eventName: eventName), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);

        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(eventName, body.RootElement.GetProperty("type").GetString());
        Assert.Equal(request.ExpectedSignature(CurrentKey), request.Header("webhook-signature"));
        Assert.All(request.Headers, h => Assert.DoesNotContain(h.Value, char.IsControl));
    }

    [Fact]
    public void Should_not_match_when_body_id_or_time_was_changed()
    {
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now);
        var body = request.Body.ToArray();
        body[^3] ^= 1;

        WebhookRequest[] forgeries =
        [
            request with { Body = body },
            request with { Headers = [new("webhook-id", "0197a2f0-1111-7abc-8def-0123456789ac"), .. request.Headers.Skip(1)] },
            request with { Headers = [request.Headers[0], new("webhook-timestamp", "1772600768"), request.Headers[2]] },
        ];

        Assert.All(forgeries, f => Assert.NotEqual(f.ExpectedSignature(CurrentKey), f.Header("webhook-signature")));
    }

    [Fact]
    public void Should_refuse_to_send_unsigned()
    {
        Assert.False(_signer.CanSign([]));
        Assert.True(_signer.CanSign([Merchant.Secret("anything")]));
        Assert.Throws<InvalidOperationException>(() => _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [], 1, Merchant.Now));
    }

    [Fact]
    public void Should_count_attempts_from_one() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 0, Merchant.Now));

    [Fact]
    public void Should_give_the_same_signatures_to_many_threads_at_once()
    {
        using var key = Merchant.Key(new byte[32]);
        var signer = new WebhookSigner(new SigningOptions { SigningKey = key });
        var expected = signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now).Header("webhook-signature");
        var signatures = new string[200];

        Parallel.For(0, signatures.Length, i =>
            signatures[i] = signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret(Current)], 1, Merchant.Now).Header("webhook-signature"));

        Assert.All(signatures, s => Assert.Equal(expected, s));
    }
}
