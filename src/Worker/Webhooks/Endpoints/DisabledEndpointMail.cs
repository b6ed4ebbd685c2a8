using System.Globalization;
using Gateway.Contracts;
using Gateway.Worker.Mail;
using MassTransit;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>Writes to the operators that an endpoint was disabled.</summary>
public sealed class DisabledEndpointMail(Mailer mailer, WebhookOptions options) : IConsumer<WebhookEndpointDisabled>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<WebhookEndpointDisabled> context)
    {
        if (!mailer.IsConfigured)
        {
            return;
        }

        var disabled = context.Message;
        var why = disabled.Reason switch
        {
            EndpointRules.Failing => $"Every attempt has failed for {options.DisableAfter.TotalDays:0.##} days.",
            "gone" => "The merchant's server answered 410 Gone: it wants no more webhooks.",
            EndpointHealth.ByOperator => "An operator disabled it.",
            _ => disabled.Reason,
        };
        await mailer.SendAsync(
            new OperatorMail
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"endpoint-{disabled.MerchantId}-{disabled.DisabledAt.UtcDateTime:yyyyMMddHHmmssfff}"),
                Subject = $"Webhook endpoint of merchant {disabled.MerchantId} disabled",
                Text = string.Create(CultureInfo.InvariantCulture,
                    $"""
                    The webhook endpoint of merchant {disabled.MerchantId} was disabled at {disabled.DisabledAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.
                    {why}

                    Its webhooks are recorded as skipped from now on and can be sent later. When the merchant has repaired its server:
                      POST /api/webhooks/endpoints/{disabled.MerchantId}/enable
                    which says how many were skipped, and then, for those:
                      POST /api/webhooks/recover
                    """),
            },
            context.CancellationToken);
    }
}
