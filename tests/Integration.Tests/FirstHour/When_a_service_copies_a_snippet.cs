using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

public sealed class When_a_service_copies_a_snippet(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_publish_a_webhook_that_is_delivered()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await gateway.StartWorkerAsync();

        await using var publisher = await Snippet.StartAsync(
            "publish.cs", ("RABBITMQ", gateway.BrokerUri.ToString()), ("MERCHANT_ID", gateway.MerchantId.ToString()));

        Assert.True(await publisher.WaitUntilEndedAsync() == 0, publisher.Output);
        await gateway.WaitUntilEndedAsync(1);
        Assert.Single(gateway.Merchant.Posts);
    }

    [Fact]
    public async Task Should_be_told_of_a_payment_that_expires()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await gateway.StartWorkerAsync();
        await using var subscriber = await Snippet.StartAsync("subscribe.cs", ("RABBITMQ", gateway.BrokerUri.ToString()));
        await subscriber.WaitUntilWrittenAsync(output => output.Contains("Bus started", StringComparison.Ordinal), "subscribes");
        var payment = Guid.CreateVersion7();
        await gateway.ExecuteAsync(
            $"""
            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
                destination_wallet, expires_at, created_at, updated_at)
            values ('{payment}', '{gateway.MerchantId}', 650000, 25, 'USDT', 'solana', 26000, 'pending', 'P-1', 'wallet',
                now() at time zone 'utc' - interval '1 minute', now() at time zone 'utc', now() at time zone 'utc')
            """);
        using var api = await gateway.OpenApiAsync(worker);

        using var asked = await api.PostAsync("/api/jobs/expire-payments", content: null, Cancellation);

        asked.EnsureSuccessStatusCode();
        await subscriber.WaitUntilWrittenAsync(output => output.Contains($"Payment {payment} expired at", StringComparison.Ordinal), "is told");
    }

    [Fact]
    public async Task Should_test_its_consumer_without_a_server()
    {
        await using var test = await Snippet.StartAsync("test_a_consumer.cs");

        Assert.True(await test.WaitUntilEndedAsync() == 0, test.Output);
    }
}
