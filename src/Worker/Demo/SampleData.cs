using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Worker.Calendar;

namespace Gateway.Worker.Demo;

/// <summary>Fills the sample database: the merchants, a payment behind each webhook, and a business day to settle.</summary>
internal static class SampleData
{
    private const decimal ExchangeRate = 26_000m;

    /// <summary>VND: the fees of yesterday's payments, 1 % each, and of its payout.</summary>
    public const decimal NetRevenueVnd = 32_500m + 13_000m + 7_800m + 5_000m;

    public static async Task WriteAsync(
        IServiceProvider services,
        Uri endpoint,
        IReadOnlyList<SampleMerchant> merchants,
        IReadOnlyList<SampleDelivery> deliveries,
        DateTimeOffset now,
        CancellationToken stop)
    {
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        foreach (var merchant in merchants)
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

        foreach (var delivery in deliveries.Where(d => !d.IsExpiry))
        {
            database.Payments.Add(NewPayment(delivery.PaymentId, delivery.Merchant, 650_000m, now.UtcDateTime, PaymentStatus.Completed));
        }

        foreach (var delivery in deliveries.Where(d => d.IsExpiry))
        {
            database.Payments.Add(NewPayment(
                delivery.PaymentId, delivery.Merchant, 390_000m, delivery.ExpiresAt.AddMinutes(-30), PaymentStatus.Pending));
        }

        AddYesterday(database, merchants, services.GetRequiredService<BusinessTime>(), now);
        await database.SaveChangesAsync(stop);
    }

    private static void AddYesterday(
        GatewayDbContext database, IReadOnlyList<SampleMerchant> merchants, BusinessTime businessTime, DateTimeOffset now)
    {
        var noon = businessTime.DayOf(businessTime.Yesterday(now)).From.AddHours(12);
        foreach (var (merchant, amount) in merchants.Zip([3_250_000m, 1_300_000m, 780_000m]))
        {
            database.Payments.Add(NewPayment(Guid.CreateVersion7(now), merchant, amount, noon, PaymentStatus.Completed));
        }

        database.Payments.Add(NewPayment(Guid.CreateVersion7(now), merchants[0], 260_000m, noon, PaymentStatus.Failed));
        database.Payouts.Add(new Payout
        {
            Id = Guid.CreateVersion7(now),
            MerchantId = merchants[0].Id,
            AmountVnd = 1_000_000m,
            FeeVnd = 5_000m,
            NetAmountVnd = 995_000m,
            BankAccountName = "Sample Owner",
            BankAccountNumber = "0000",
            BankName = "Sample Bank",
            Status = PayoutStatus.Completed,
            RequestedBy = merchants[0].Id,
            CompletionDate = noon,
            CreatedAt = noon,
            UpdatedAt = noon,
        });
    }

    private static Payment NewPayment(Guid id, SampleMerchant merchant, decimal amountVnd, DateTime createdAt, string status) => new()
    {
        Id = id,
        MerchantId = merchant.Id,
        AmountVnd = amountVnd,
        AmountCrypto = amountVnd / ExchangeRate,
        Currency = "USDT",
        Chain = "solana",
        ExchangeRate = ExchangeRate,
        Status = status,
        PaymentReference = "demo-" + id.ToString("N"),
        DestinationWallet = "sample-wallet",
        ExpiresAt = createdAt.AddMinutes(30),
        ConfirmedAt = status == PaymentStatus.Completed ? createdAt : null,
        CreatedAt = createdAt,
        UpdatedAt = createdAt,
    };
}
