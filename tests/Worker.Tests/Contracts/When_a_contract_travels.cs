using System.Text.Json;
using Gateway.Contracts;
using MassTransit;
using Xunit;

namespace Gateway.Worker.Tests.Contracts;

public class When_a_contract_travels
{
    /// <summary>The wire as other services know it: message URN, then the JSON names in order. A change here breaks every producer.</summary>
    [Theory]
    [InlineData(typeof(DeliverWebhook), "DeliverWebhook", "delivery_id,merchant_id,event,payload,attempt,occurred_at")]
    [InlineData(typeof(WebhookAttemptFailed), "WebhookAttemptFailed", "delivery_id,delivery,attempt,reason,status_code,retry_after_seconds,is_final,failed_at")]
    [InlineData(typeof(WebhookRecovered), "WebhookRecovered", "delivery_id,merchant_id,event,attempt,delivered_at")]
    [InlineData(typeof(WebhookExhausted), "WebhookExhausted", "delivery_id,merchant_id,event,attempts,reason,status_code,exhausted_at")]
    [InlineData(typeof(WebhookEndpointDisabled), "WebhookEndpointDisabled", "merchant_id,reason,disabled_at")]
    [InlineData(typeof(WebhookAttemptsRecorded), "WebhookAttemptsRecorded", "attempts")]
    [InlineData(typeof(WebhookAttemptRecorded), "WebhookAttemptRecorded", "delivery_id,merchant_id,event,round,attempt,reason,status_code,ended_at,next_attempt_at")]
    [InlineData(typeof(ExpirePayments), "ExpirePayments", "run_at")]
    [InlineData(typeof(PaymentExpired), "PaymentExpired", "payment_id,merchant_id,expired_at")]
    [InlineData(typeof(CheckWalletBalances), "CheckWalletBalances", "run_at")]
    [InlineData(typeof(WalletBalanceOutOfRange), "WalletBalanceOutOfRange", "chain,network,wallet_address,balance_usd,minimum_usd,maximum_usd,checked_at")]
    [InlineData(typeof(WalletBalanceBackInRange), "WalletBalanceBackInRange", "chain,network,wallet_address,balance_usd,checked_at")]
    [InlineData(typeof(GenerateSettlementReport), "GenerateSettlementReport", "date")]
    [InlineData(typeof(SettlementReportGenerated), "SettlementReportGenerated", "date,generated_at,generation,is_correction")]
    public void Should_keep_its_wire_names(Type contract, string name, string properties)
    {
        Assert.Equal($"urn:message:Gateway.Contracts:{name}", MessageUrn.ForTypeString(contract));
        var info = JsonSerializerOptions.Web.GetTypeInfo(contract);
        Assert.Equal(properties, string.Join(',', info.Properties.Select(p => p.Name)));
    }

    [Fact]
    public void Should_pin_every_contract()
    {
        var pinned = typeof(When_a_contract_travels).GetMethod(nameof(Should_keep_its_wire_names))!
            .GetCustomAttributesData().Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (Type)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!);

        Assert.Equal(
            typeof(DeliverWebhook).Assembly.GetExportedTypes().OrderBy(t => t.Name).ToArray(),
            pinned.OrderBy(t => t.Name).ToArray());
    }

    // Workers of two versions share the queues during an upgrade.
    [Fact]
    public void Should_read_a_report_of_a_worker_that_knew_no_generations()
    {
        var message = JsonSerializer.Deserialize<SettlementReportGenerated>("""{"date":"2026-01-31","generated_at":"2026-02-01T01:00:00Z"}""")!;

        Assert.Equal((1, false), (message.Generation, message.IsCorrection));
    }

    [Fact]
    public void Should_read_the_json_of_the_previous_gateway()
    {
        var message = JsonSerializer.Deserialize<DeliverWebhook>(
            """{"merchant_id":"m-1","event":"payment.completed","payload":{"amount":1.10},"attempt":0}""")!;

        Assert.Equal("m-1", message.MerchantId);
        Assert.Equal("""{"amount":1.10}""", message.Payload.GetRawText());
        Assert.Equal(7, message.DeliveryId.Version);
        Assert.Null(message.OccurredAt);
    }
}
