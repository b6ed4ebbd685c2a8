using Gateway.Contracts;
using Gateway.Persistence;
using MassTransit;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>Turns off an endpoint that wants no more webhooks, and tells the others once.</summary>
public sealed class EndpointSwitch(WebhookEndpoints database, EndpointDirectory directory, ILogger<EndpointSwitch> logger)
{
    /// <summary>Disables the endpoint under its present URL; a merchant who changes the URL has a new endpoint.</summary>
    public async Task DisableAsync(ConsumeContext<DeliverWebhook> context, MerchantEndpoint endpoint, string reason, DateTimeOffset at)
    {
        var merchantId = context.Message.MerchantId;
        var hasChanged = await database.DisableAsync(endpoint.MerchantId, endpoint.Url!, reason, at.UtcDateTime, context.CancellationToken);
        directory.Forget(merchantId);
        if (hasChanged)
        {
            Log.EndpointDisabled(logger, merchantId, reason);
            await context.Publish(new WebhookEndpointDisabled { MerchantId = merchantId, Reason = reason, DisabledAt = at });
        }
    }
}
