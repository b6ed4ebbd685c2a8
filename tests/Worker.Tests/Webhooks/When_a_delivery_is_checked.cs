using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks;

/// <summary>What trials found (docs/faults.md: C4).</summary>
public class When_a_delivery_is_checked
{
    private static readonly DeliverWebhook Good = new()
    {
        MerchantId = "m-1",
        Event = "payment.completed",
        Payload = JsonSerializer.SerializeToElement(new { amount = 1 }),
    };

    private static RejectedDeliveryException? Check(DeliverWebhook delivery) => DeliveryRules.Check(delivery, new WebhookOptions().MaxPayloadBytes);

    [Fact]
    public void Should_accept_a_good_one()
    {
        Assert.Null(Check(Good));
    }

    [Theory]
    [InlineData("\"text\"", "a JSON string")]
    [InlineData("[1]", "a JSON array")]
    [InlineData("12", "a JSON number")]
    [InlineData("null", "null")]
    [InlineData("true", "a boolean")]
    public void Should_say_what_the_payload_is_instead_of_an_object(string payload, string found)
    {
        var rejection = Check(Good with { Payload = JsonDocument.Parse(payload).RootElement });

        Assert.Equal("invalid_payload", rejection!.Reason);
        Assert.Contains(found, rejection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_name_the_size_of_a_payload_that_is_too_large()
    {
        var payload = JsonSerializer.SerializeToElement(new { text = new string('x', 10 * 1024 * 1024) });

        var rejection = Check(Good with { Payload = payload });

        Assert.Equal("payload_too_large", rejection!.Reason);
        Assert.Contains("10485771 bytes", rejection.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "payload_too_large")]
    public void Should_count_the_bytes_of_a_payload_to_the_last_one(int over, string? reason)
    {
        const int Limit = 1024;
        var payload = $$"""{"text":"é{{new string('x', Limit + over - 13)}}"}""";
        Assert.Equal(Limit + over, Encoding.UTF8.GetByteCount(payload));

        var rejection = DeliveryRules.Check(Good with { Payload = JsonElement.Parse(payload) }, Limit);

        Assert.Equal(reason, rejection?.Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void Should_accept_a_count_of_attempts_up_to_a_thousand(int attempt)
    {
        Assert.Null(Check(Good with { Attempt = attempt }));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1001)]
    [InlineData(int.MaxValue)]
    public void Should_refuse_a_count_of_attempts_that_makes_no_sense(int attempt)
    {
        Assert.Equal("invalid_attempt", Check(Good with { Attempt = attempt })!.Reason);
    }

    [Fact]
    public void Should_refuse_an_event_without_a_name_and_an_id_of_zeros()
    {
        Assert.Equal("invalid_event", Check(Good with { Event = "" })!.Reason);
        Assert.Equal("invalid_delivery_id", Check(Good with { DeliveryId = Guid.Empty })!.Reason);
    }
}
