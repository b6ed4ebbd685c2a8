using Gateway.Persistence;

namespace Gateway.Worker.Demo;

/// <summary>Fills the sample database: the merchants, and a payment behind each webhook.</summary>
internal static class SampleData
{
    public static async Task WriteAsync(
        IServiceProvider services, Uri endpoint, IReadOnlyList<SampleDelivery> deliveries, DateTimeOffset now, CancellationToken stop)
    {
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        foreach (var merchant in deliveries.Select(d => d.Merchant).Distinct())
        {
            database.Merchants.Add(new Merchant
            {
                Id = merchant.Id,
                Email = merchant.Path.Trim('/') + "@shop.example",
                BusinessName = merchant.Name,
                OwnerFullName = "Sample Owner",
                WebhookUrl = new Uri(endpoint, merchant.Path).ToString(),
                WebhookSecret = merchant.Secret,
                CreatedAt = now.UtcDateTime,
                UpdatedAt = now.UtcDateTime,
            });
        }

        foreach (var delivery in deliveries)
        {
            database.Payments.Add(new Payment
            {
                Id = delivery.PaymentId,
                MerchantId = delivery.Merchant.Id,
                AmountVnd = 650_000m,
                AmountCrypto = 25m,
                Currency = "USDT",
                Chain = "solana",
                ExchangeRate = 26_000m,
                Status = "completed",
                PaymentReference = "demo-" + delivery.PaymentId.ToString("N"),
                DestinationWallet = "sample-wallet",
                ExpiresAt = now.UtcDateTime.AddMinutes(30),
                CreatedAt = now.UtcDateTime,
                UpdatedAt = now.UtcDateTime,
            });
        }

        await database.SaveChangesAsync(stop);
    }
}
