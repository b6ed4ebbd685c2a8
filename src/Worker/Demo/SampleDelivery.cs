using System.Text.Json;
using Gateway.Contracts;

namespace Gateway.Worker.Demo;

/// <summary>A webhook of the demo, for one sample payment of one merchant.</summary>
internal sealed record SampleDelivery(SampleMerchant Merchant, Guid PaymentId, DeliverWebhook Message)
{
    public static SampleDelivery Of(SampleMerchant merchant, string @event, DateTimeOffset now)
    {
        var paymentId = Guid.CreateVersion7(now);
        return new SampleDelivery(merchant, paymentId, new DeliverWebhook
        {
            MerchantId = merchant.Id.ToString(),
            Event = @event,
            OccurredAt = now,
            Payload = JsonSerializer.SerializeToElement(new { payment_id = paymentId, amount = "25.00", currency = "USDT", chain = "solana" }),
        });
    }
}
