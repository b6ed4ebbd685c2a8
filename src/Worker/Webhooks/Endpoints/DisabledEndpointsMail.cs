using System.Globalization;
using Gateway.Contracts;
using Gateway.Worker.Mail;
using MassTransit;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>
/// Writes to the operators that endpoints were disabled: one mail for all that are disabled within ten seconds of each other, up to
/// <see cref="MostInOne"/>.
/// </summary>
public sealed class DisabledEndpointsMail(Mailer mailer, EndpointOptions options) : IConsumer<Batch<WebhookEndpointDisabled>>
{
    /// <summary>The most endpoints that one mail tells of.</summary>
    public const int MostInOne = 100;

    /// <summary>How long a mail waits for another endpoint that is disabled.</summary>
    public static readonly TimeSpan WaitForNext = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<Batch<WebhookEndpointDisabled>> context)
    {
        if (mailer.IsConfigured)
        {
            await mailer.SendAsync(MailOf([.. context.Message.Select(each => each.Message)]), context.CancellationToken);
        }
    }

    private OperatorMail MailOf(IReadOnlyList<WebhookEndpointDisabled> disabled)
    {
        var first = disabled[0];
        var about = string.Create(CultureInfo.InvariantCulture, $"{first.MerchantId}-{first.DisabledAt.UtcDateTime:yyyyMMddHHmmssfff}");
        return new OperatorMail
        {
            Id = disabled.Count == 1
                ? $"endpoint-{about}"
                : string.Create(CultureInfo.InvariantCulture, $"endpoints-{about}-{disabled.Count}"),
            Subject = disabled.Count == 1
                ? $"Webhook endpoint of merchant {first.MerchantId} disabled"
                : string.Create(CultureInfo.InvariantCulture, $"Webhook endpoints of {disabled.Count} merchants disabled"),
            Text =
                $"""
                {string.Join(Environment.NewLine, disabled.Select(Describe))}

                Their webhooks are recorded as skipped from now on and can be sent later. When a merchant has repaired its server:
                  POST /api/webhooks/endpoints/{(disabled.Count == 1 ? first.MerchantId : "{merchant}")}/enable
                which says how many were skipped, and then, for those:
                  POST /api/webhooks/recover
                """,
        };
    }

    private string Describe(WebhookEndpointDisabled disabled)
    {
        var why = disabled.Reason switch
        {
            EndpointRules.Failing => string.Create(
                CultureInfo.InvariantCulture,
                $"Every attempt has failed for {options.DisableAfter.TotalDays:0.##} days."),
            "gone" => "The merchant's server answered 410 Gone: it wants no more webhooks.",
            EndpointHealth.ByOperator => "An operator disabled it.",
            _ => disabled.Reason,
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The webhook endpoint of merchant {disabled.MerchantId} "
            + $"was disabled at {disabled.DisabledAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. {why}");
    }
}
