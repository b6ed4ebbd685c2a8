using System.Text.Json;
using Gateway.Contracts;
using Gateway.Worker.Payments;

namespace Gateway.Worker.Demo;

/// <summary>A webhook of the demo, for one sample payment of one merchant.</summary>
internal sealed record SampleDelivery(SampleMerchant Merchant, Guid PaymentId, DeliverWebhook Message)
{
    /// <summary>True when nobody publishes it: it follows from the expiry of its payment.</summary>
    public bool IsExpiry => Message.Event == ExpirePaymentsJob.Event;

    /// <summary>UTC; when the payment's time is over.</summary>
    public DateTime ExpiresAt { get; private init; }

    public static SampleDelivery Create(SampleMerchant merchant, string @event, DateTimeOffset now)
    {
        var paymentId = Guid.CreateVersion7(now);
        return new SampleDelivery(merchant, paymentId, new DeliverWebhook
        {
            MerchantId = merchant.Id.ToString(),
            Event = @event,
            OccurredAt = now,
            Payload = JsonSerializer.SerializeToElement(
                new { payment_id = paymentId, amount = "25.00", currency = "USDT", chain = "solana" }),
        });
    }

    /// <summary>The webhook of a payment whose time was over a minute ago.</summary>
    public static SampleDelivery OfExpiry(SampleMerchant merchant, DateTimeOffset now)
    {
        var delivery = Create(merchant, ExpirePaymentsJob.Event, now);
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() - 60).UtcDateTime;
        return delivery with { ExpiresAt = expiresAt };
    }
}
